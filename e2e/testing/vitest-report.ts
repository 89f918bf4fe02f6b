import { relative } from 'node:path'

/** The part of vitest's JSON report (jest's format) that is read here. */
export interface VitestReport {
  numPassedTests: number
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[]
  }[]
}

/** Lines of a message that are shown: enough for what was expected and where. */
const linesShown = 12

function cause(message: string): string {
  return message.split('\n', linesShown).join('\n    ')
}

/**
 * What failed, one text each: file, test and the head of its message. A file that could not be loaded has no tests
 * that failed, and yet it failed.
 */
export function failuresOf(report: VitestReport): string[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file}: ${test.fullName}\n    ${cause(test.failureMessages.join('\n'))}`)
    return tests.length === 0 && status === 'failed' ? [`${file}\n    ${cause(message)}`] : tests
  })
}
