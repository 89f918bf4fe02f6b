/** What every measuring command writes with `--json FILE`, and the table that it prints. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

export interface Case {
  readonly case: string
  readonly subject: string
  readonly metrics: Readonly<Record<string, number>>
}
export interface Target {
  readonly name: string
  readonly wanted: string
  readonly got: string
  readonly met: boolean
}

export class Results {
  readonly #startedAt = new Date().toISOString()
  readonly cases: Case[] = []
  readonly targets: Target[] = []

  add(name: string, subject: string, metrics: Record<string, number>): void {
    this.cases.push({ case: name, subject, metrics })
  }

  /** A figure that must not be above `most`. */
  atMost(name: string, got: number, most: number, unit: string): void {
    this.targets.push({
      name,
      wanted: `≤ ${most} ${unit}`,
      got: `${Math.round(got * 10) / 10} ${unit}`,
      met: got <= most,
    })
  }

  print(): void {
    for (const { case: name, subject, metrics } of this.cases) {
      const figures = Object.entries(metrics).map(([metric, value]) => `${metric} ${Math.round(value * 10) / 10}`)
      console.log(`${name.padEnd(14)} ${subject.padEnd(20)} ${figures.join('  ')}`)
    }
    console.log('')
    for (const { name, wanted, got, met } of this.targets) {
      console.log(`${met ? 'met   ' : 'MISSED'}  ${name.padEnd(52)} wanted ${wanted.padEnd(12)} got ${got}`)
    }
  }

  write(file: string | undefined): void {
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(this.content(), null, 2)}\n`)
  }

  /** DESIGN §7's form. */
  content(): object {
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim()
    const machine = {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory_mb: Math.round(totalmem() / 2 ** 20),
      node: process.version,
    }
    return { commit, machine, startedAt: this.#startedAt, cases: this.cases, targets: this.targets }
  }
}
