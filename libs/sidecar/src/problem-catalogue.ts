/**
 * The problems that the mesh answers with itself, in the words of whoever reads them outside. Every code begins with `mesh-`, so that it can never be one of
 * the shop's own (libs/contracts), which the mesh does not know. Codes are stable; `type` is `/problems/<code>`. Source of the form: RFC 9457.
 */

export type Language = 'en' | 'zh-CN'

export const PROBLEMS = {
  'mesh-unavailable': words('Not ready yet. Try again in a moment.', '尚未就绪，请稍后重试。'),
  'mesh-uh': words('A part of the shop cannot be reached right now. Try again.', '商店的一部分暂时无法访问，请重试。'),
  'mesh-uf': words('A part of the shop cannot be reached right now. Try again.', '商店的一部分暂时无法访问，请重试。'),
  'mesh-uo': words('There is too much to do right now. Try again in a moment.', '当前请求过多，请稍后重试。'),
  'mesh-nr': words('No service answers at this address.', '该地址没有对应的服务。'),
  'mesh-nc': words('A part of the shop cannot be reached right now. Try again.', '商店的一部分暂时无法访问，请重试。'),
  'mesh-urx': words('A part of the shop does not answer. Try again.', '商店的一部分没有响应，请重试。'),
  'mesh-ut': words(
    'It took too long. Look whether it has happened before you try again.',
    '处理时间过长，重试前请先确认操作是否已完成。',
  ),
  'mesh-uc': words(
    'The connection to a part of the shop broke. Look whether it has happened before you try again.',
    '与商店某一部分的连接中断，重试前请先确认操作是否已完成。',
  ),
  'mesh-upe': words('A part of the shop gave an answer that cannot be read.', '商店的一部分返回了无法识别的响应。'),
  'mesh-dc': words('The caller went away.', '调用方已断开连接。'),
  'mesh-dpe': words(
    'The request is not well-formed HTTP. Nothing was changed, and the connection is closed.',
    '请求不符合 HTTP 规范，未做任何更改，连接将关闭。',
  ),
  'mesh-dt': words('The request took too long to arrive.', '请求传输时间过长。'),
  'mesh-rl': words('Too many requests. Wait a moment and try again.', '请求过于频繁，请稍后重试。'),
  'mesh-fi': words('A fault that was injected on purpose.', '人为注入的故障。'),
  'mesh-di': words('A delay that was injected on purpose.', '人为注入的延迟。'),
  'mesh-lr': words('A part of the shop cannot be reached right now. Try again.', '商店的一部分暂时无法访问，请重试。'),
  'mesh-ur': words(
    'The connection to a part of the shop broke. Look whether it has happened before you try again.',
    '与商店某一部分的连接中断，重试前请先确认操作是否已完成。',
  ),
  'mesh-ih': words('A field of the request is not what the mesh accepts.', '请求中的某个字段不被接受。'),
  'mesh-umsdr': words(
    'It took too long. Look whether it has happened before you try again.',
    '处理时间过长，重试前请先确认操作是否已完成。',
  ),
  'mesh-df': words('The name of a part of the shop cannot be resolved.', '无法解析商店某一部分的名称。'),
  'mesh-uaex': words('You may not do this.', '您无权执行此操作。'),
  'mesh-si': words('Nothing moved for too long.', '连接长时间没有数据传输。'),
  'mesh-host': words(
    'The request must name exactly one host, as name or name:port. The connection is closed.',
    '请求必须且只能指定一个主机（名称或 名称:端口），连接将关闭。',
  ),
  'mesh-head-too-large': words(
    'The header fields are too large. The connection is closed.',
    '请求头字段过大，连接将关闭。',
  ),
  'mesh-request-timeout': words(
    'The request took too long to arrive. The connection is closed.',
    '请求传输时间过长，连接将关闭。',
  ),
  'mesh-expectation-failed': words(
    'The only expectation that can be met is 100-continue.',
    '仅支持 100-continue 这一种 Expect。',
  ),
  'mesh-connect': words('This is no proxy: CONNECT is not answered.', '这不是代理服务器，不支持 CONNECT 方法。'),
} as const satisfies Readonly<Record<string, Readonly<Record<Language, string>>>>

export type MeshProblemCode = keyof typeof PROBLEMS

/** JSON text of a problem for a reader outside: words of the catalogue and nothing about the inside. @param traceId null where there is no trace */
export function publicProblem(
  code: MeshProblemCode,
  status: number,
  language: Language,
  traceId: string | null,
): string {
  return JSON.stringify({
    type: `/problems/${code}`,
    title: PROBLEMS[code][language],
    status,
    code,
    ...(traceId === null ? {} : { traceId }),
  })
}

/** The reader's language from an Accept-Language field (RFC 9110, 12.5.4); English where nothing fits, as everywhere in the shop. */
export function readerLanguage(acceptLanguage: string | undefined): Language {
  let best: Language = 'en'
  let bestWeight = 0
  for (const item of (acceptLanguage ?? '').toLowerCase().split(',')) {
    const [, range = '', q = '1'] = /^\s*([a-z*]+)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([0-9.]+))?\s*$/.exec(item) ?? []
    if (Number(q) <= bestWeight || !(range === 'zh' || range === 'en' || range === '*')) continue
    best = range === 'zh' ? 'zh-CN' : 'en'
    bestWeight = Number(q)
  }
  return best
}

function words(en: string, zh: string): Readonly<Record<Language, string>> {
  return { en, 'zh-CN': zh }
}
