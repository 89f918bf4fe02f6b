/**
 * What goes into the head of an e-mail is one line and one address, whoever has chosen its words: a name with a line break in it must not become another field
 * (CWE-93), nor a recipient with a comma two.
 */

/** Line breaks and other control characters become a space. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
export const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()

/** One mailbox (RFC 5321) and nothing else. */
export const isOneAddress = (text: string): boolean =>
  text.length <= 254 && /^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/.test(text)
