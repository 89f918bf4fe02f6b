import { describe, expect, it } from 'vitest'
import { FieldLines } from './fields.ts'
import { parseRequestHead } from './heads.ts'
import { DEFAULT_LIMITS } from './limits.ts'

const parsed = (lines: string): FieldLines =>
  parseRequestHead(Buffer.from(`GET / HTTP/1.1\r\n${lines}\r\n`, 'latin1'), 0, DEFAULT_LIMITS)!.head!.fields

describe('field lines', () => {
  const lines = 'Host:  a.example\t\r\nX-One: 1\r\nx-ONE:2\r\nCookie: caf\xe9\r\n'

  it('writes an untouched head exactly as it came', () => {
    expect(parsed(lines).write()).toBe(lines)
  })
  it('finds fields whatever their case, without white space around the value', () => {
    const fields = parsed(lines)
    expect(fields.get('host')).toBe('a.example')
    expect(fields.get('x-one')).toBe('1')
    expect(fields.get('x-on')).toBeUndefined()
    expect(fields.get('x-two')).toBeUndefined()
    expect(fields.all('x-one')).toEqual(['1', '2'])
    expect(fields.combined('x-one')).toBe('1, 2')
    expect(fields.combined('x-two')).toBeUndefined()
  })
  it('does not take ^ for ~ or _ for DEL, as a mask of the case bit would', () => {
    const fields = parsed('Host: a\r\nx^: 1\r\nx@: 2\r\n'.replace('x@: 2\r\n', ''))
    expect(fields.get('x~')).toBeUndefined()
    expect(fields.get('x^')).toBe('1')
  })
  it('set replaces every line, add appends, remove removes; the others stay as they came', () => {
    const fields = parsed(lines)
    fields.set('X-One', '3')
    fields.add('y', '4')
    expect(fields.write()).toBe('Host:  a.example\t\r\nCookie: caf\xe9\r\nX-One: 3\r\ny: 4\r\n')
    expect(fields.get('x-one')).toBe('3')
    fields.remove('Y')
    fields.remove('host')
    expect(fields.get('y')).toBeUndefined()
    expect(fields.write()).toBe('Cookie: caf\xe9\r\nX-One: 3\r\n')
    const seen: string[] = []
    fields.forEach((name, value) => seen.push(`${name}=${value}`))
    expect(seen).toEqual(['Cookie=caf\xe9', 'X-One=3'])
  })
  it('removeAll takes out every line of several names, and nothing else', () => {
    const fields = parsed('Host: a\r\nX-One: 1\r\nAccept: */*\r\nx-ONE: 2\r\nX-Two: 3\r\nX-Three: 4\r\n')
    fields.add('X-Two', '5')
    fields.add('y', '6')
    fields.removeAll(['x-one', 'x-two', 'absent'])
    expect(fields.write()).toBe('Host: a\r\nAccept: */*\r\nX-Three: 4\r\ny: 6\r\n')
    expect(fields.get('x-two')).toBeUndefined()
  })
  it('cuts what is for this hop, and what Connection names, but never Host or Content-Length', () => {
    const fields = parsed(
      'Connection: keep-alive, X-Drop, host, content-length\r\nHost: a\r\nKeep-Alive: timeout=5\r\nX-Drop: 1\r\nTE: trailers\r\nContent-Length: 3\r\nProxy-Connection: x\r\nAccept: */*\r\n',
    )
    expect(fields.write()).toBe('Host: a\r\nContent-Length: 3\r\nAccept: */*\r\n')
    expect(fields.get('x-drop')).toBeUndefined()
  })
  it('made of names and values, refuses what would become another line', () => {
    expect(FieldLines.of(['a', '1', 'b', '2']).write()).toBe('a: 1\r\nb: 2\r\n')
    expect(() => FieldLines.of(['a b', '1'])).toThrow(/"a b"/)
    expect(() => FieldLines.of(['x-evil', 'a\r\nb: c'])).toThrow(/x-evil/)
    // U+010A would be written as a line feed.
    expect(() => FieldLines.of(['x-evil', 'aĊb'])).toThrow(/x-evil/)
    expect(() => parsed('Host: a\r\n').set('x', '\0')).toThrow(TypeError)
  })
})
