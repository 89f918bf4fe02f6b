/** The three people that the demo knows from the start. `npm start` makes up the password, prints it and hands it over. */
import { Log, ProblemException, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import type { Settings } from '../settings.ts'
import { Accounts } from './accounts.ts'

const demoAccounts = [
  { email: 'demo@meshmart.example', name: 'Demo Customer', role: 'customer' },
  { email: 'staff@meshmart.example', name: 'Demo Staff', role: 'staff' },
  { email: 'admin@meshmart.example', name: 'Demo Admin', role: 'admin' },
] as const

@Injectable()
export class DemoAccounts implements OnApplicationBootstrap {
  constructor(
    private readonly accounts: Accounts,
    private readonly log: Log,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'DEMO_PASSWORD'>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const password = this.settings.DEMO_PASSWORD
    if (password === undefined) return
    for (const { email, name, role } of demoAccounts) {
      try {
        await this.accounts.register({ email, name, password }, role)
        this.log.info('demo account made', { email, role })
      } catch (error) {
        // It was made at an earlier start; its password is left alone.
        if (!(error instanceof ProblemException) || error.code !== 'email-taken') throw error
      }
    }
  }
}
