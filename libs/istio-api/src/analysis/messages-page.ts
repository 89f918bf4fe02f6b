/** The page of messages, made from the catalogue: `docs/analysis/messages.md`. */
import { documentationUrl, isCode, MESSAGES, messageType } from './catalogue.ts'
import { DIFFERENCES, LEFT_OUT } from './left-out.ts'

export function messagesPage(): string {
  const codes = Object.keys(MESSAGES).filter(isCode)
  const own = codes.filter((code) => code.startsWith('MM'))
  const istio = codes.filter((code) => !code.startsWith('MM'))
  return [
    '# Messages of `meshctl analyze`',
    '',
    'Made from `libs/istio-api/src/analysis/`; `npx vitest run -u libs/istio-api/src/analysis/messages-page.spec.ts` writes it anew.',
    '',
    'An **Error** will not do what it says, a **Warning** probably not, an **Info** is worth knowing. What is marked "refused" is not applied at all.',
    'A resource is left alone by a message whose code stands in its annotation `galley.istio.io/analyze-suppress`.',
    '',
    '## Ours: what Istio lets pass',
    '',
    ...own.flatMap((code) => {
      const { name, level, describe, refuses } = messageType(code)
      return [`### ${code}`, '', `${name}, ${level}${refuses === true ? ', refused' : ''}. ${describe}`, '']
    }),
    "## Istio's",
    '',
    ...istio.map((code) => {
      const { name, level, describe, refuses } = messageType(code)
      return `- [${code}](${documentationUrl(code)}) ${name}, ${level}${refuses === true ? ', refused' : ''}. ${describe}`
    }),
    '',
    '## Not given here',
    '',
    ...LEFT_OUT.map(([which, reason]) => `- ${which}: ${reason}.`),
    '',
    "## Where this differs from Istio's analyser",
    '',
    ...DIFFERENCES.map((difference) => `- ${difference}`),
    '',
  ].join('\n')
}
