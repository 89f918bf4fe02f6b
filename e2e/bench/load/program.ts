/** A program that makes load and prints what it saw. None outlives this one. */
import { execFile, type ChildProcess } from 'node:child_process'

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** @returns its standard output; rejects with its standard error where it fails */
export function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error, stdout, stderr) => {
      running.delete(child)
      if (error === null) resolve(stdout)
      else reject(new Error(`${command}: ${stderr.trim() || error.message}`))
    })
    running.add(child)
  })
}
