import type { OpenBench } from './bench.ts'
import type { Kind, Running, Subject } from './subject.ts'
import { verify } from './verify.ts'

export interface Started {
  readonly name: string
  readonly running: Running
}

/** Starts everyone who can be of this kind and keeps those who do what is claimed; the others are stopped and named. */
export async function startSubjects(
  kind: Kind,
  subjects: readonly Subject[],
  bench: OpenBench,
  failures: string[],
): Promise<Started[]> {
  const started = await Promise.all(
    subjects
      .filter(({ kinds }) => kinds.includes(kind))
      .map(async (subject) => {
        const { running, wrong } = await startOne(kind, subject, bench)
        for (const line of wrong) failures.push(`${subject.name}, ${kind}: ${line}`)
        const verdict = running === null ? `FAILED its check:\n  ${wrong.join('\n  ')}` : 'does what is claimed'
        bench.say(`${kind.padEnd(9)} ${subject.name.padEnd(10)} ${verdict}`)
        return running === null ? [] : [{ name: subject.name, running }]
      }),
  )
  return started.flat()
}

/** Running only where nothing is wrong with it. */
async function startOne(
  kind: Kind,
  subject: Subject,
  bench: OpenBench,
): Promise<{ running: Running | null; wrong: string[] }> {
  let running: Running | null = null
  try {
    running = await subject.start(kind, bench)
    const wrong = await verify(kind, running, bench.stranger)
    if (wrong.length === 0) return { running, wrong }
    await running.stop()
    return { running: null, wrong }
  } catch (error) {
    await running?.stop()
    return { running: null, wrong: [error instanceof Error ? error.message : String(error)] }
  }
}
