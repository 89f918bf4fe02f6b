import { describe, expect, it } from 'vitest'
import { readMessage } from './read-message.ts'

const message = (...lines: string[]) => readMessage(Buffer.from(lines.join('\r\n')))

describe('an e-mail', () => {
  it('is read with folded fields, encoded words and quoted-printable text', () => {
    const read = message(
      'From: Meshmart <shop@meshmart.example>',
      'To: ada@example.org',
      'Subject: =?UTF-8?B?5oKo55qE?=',
      ' =?UTF-8?Q?=E8=AE=A2=E5=8D=95_1?=',
      'Message-ID: <1@meshmart.example>',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=C3=A9 =',
      'noir',
    )
    expect(read).toEqual({
      messageId: '<1@meshmart.example>',
      from: 'Meshmart <shop@meshmart.example>',
      to: 'ada@example.org',
      subject: '您的订单 1',
      text: 'café noir',
    })
  })

  it('is read in base64, and in the charset that it names', () => {
    const body = Buffer.from('caf\u00e9', 'latin1').toString('base64')
    const fields = ['Content-Type: text/plain; charset="iso-8859-1"', 'Content-Transfer-Encoding: BASE64']
    expect(message(...fields, '', body).text).toBe('café')
  })

  it('keeps what it cannot read as it came, and never fails', () => {
    expect(message('Subject: =?klingon?B?5oKo?=', '', 'x').subject).toBe('=?klingon?B?5oKo?=')
    expect(message('Content-Type: text/plain; charset=klingon', '', 'x').text).toBeNull()
    expect(message('Content-Type: multipart/mixed; boundary=x', '', 'x').text).toBeNull()
    expect(message('no field at all')).toEqual({ messageId: '', from: '', to: '', subject: '', text: '' })
  })

  it('takes the first of a field that comes twice', () => {
    expect(message('Subject: one', 'Subject: two', '', '').subject).toBe('one')
  })
})
