import { describe, expect, it } from 'vitest'
import { readOptions } from './options.ts'

describe('what follows npm start --', () => {
  it('nothing is the embedded placement, quietly', () => {
    expect(readOptions([])).toEqual({ verbose: false, placement: 'embedded' })
  })

  it.each([
    [['--placement', 'process'], { verbose: false, placement: 'process' }],
    [['--verbose', '--placement=embedded'], { verbose: true, placement: 'embedded' }],
  ])('%j', (args, options) => {
    expect(readOptions(args)).toEqual(options)
  })

  it.each([
    [
      ['--placement', 'ambient'],
      /--placement ambient: there is no such placement\.\nRemedy: --placement embedded or process/,
    ],
    [['--placement'], /--placement.*\nRemedy: npm start -- /s],
    [['--loud'], /--loud.*\nRemedy: npm start -- /s],
    [['verbose'], /verbose.*\nRemedy: npm start -- /s],
  ])('%j is refused by name', (args, message) => {
    expect(() => readOptions(args)).toThrow(message)
  })
})
