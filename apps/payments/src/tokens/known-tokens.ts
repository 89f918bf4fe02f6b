/** Tokens that the acquirer gave us. What is none of them is refused before anything is stored, without asking it. */
import { Database } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

@Injectable()
export class KnownTokens {
  constructor(private readonly database: Database) {}

  async remember(token: string): Promise<void> {
    await this.database.execute`INSERT INTO known_token (token) VALUES (${token}) ON CONFLICT DO NOTHING`
  }
}
