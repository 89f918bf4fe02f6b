/** What a run came to: figures, a time line for the terminal, and the same as one HTML page without anything from elsewhere. */
import type { Violation } from '../audit/books.ts'
import { quantile } from '../bench/harness/quantile.ts'
import type { FaultDone } from './faults.ts'
import type { Purchase } from './purchase.ts'
import { describeFault } from './schedule.ts'

export interface Run {
  readonly seed: number
  readonly durationMs: number
  readonly rate: number
  readonly faults: readonly FaultDone[]
  readonly purchases: readonly Purchase[]
  readonly violations: readonly Violation[]
  /** From the last fault to the moment at which the books agreed. */
  readonly settledMs: number
}

export interface Figures {
  readonly purchases: number
  /** Had a definite answer: accepted, or refused with a reason. */
  readonly answered: number
  /** Share of the purchases that were answered, in per cent. */
  readonly success: number
  /** Accepted, and their customer saw them end. */
  readonly ended: number
  readonly confirmed: number
  readonly cancelled: number
  readonly returned: number
  readonly refused: number
  readonly repeated: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export function figuresOf(purchases: readonly Purchase[]): Figures {
  const answered = purchases.filter(({ result }) => result !== 'lost')
  const times = answered.map(({ answerMs }) => answerMs)
  const count = (fits: (purchase: Purchase) => boolean): number => purchases.filter(fits).length
  return {
    purchases: purchases.length,
    answered: answered.length,
    success: purchases.length === 0 ? 0 : (100 * answered.length) / purchases.length,
    ended: count(({ state }) => state === 'confirmed' || state === 'rejected' || state === 'cancelled'),
    confirmed: count(({ state }) => state === 'confirmed'),
    cancelled: count(({ state }) => state === 'cancelled'),
    returned: count(({ returned }) => returned),
    refused: count(({ result }) => result === 'refused'),
    repeated: count(({ tries }) => tries > 1),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
  }
}

interface Slice {
  readonly fromMs: number
  readonly begun: number
  /** Answered at once, without the client having to repeat itself. */
  readonly atOnce: number
  readonly lost: number
  readonly faults: readonly string[]
}

export function slices({ purchases, faults, durationMs }: Run, widthMs: number): Slice[] {
  return Array.from({ length: Math.ceil(durationMs / widthMs) }, (_, index) => {
    const fromMs = index * widthMs
    const within = (ms: number): boolean => ms >= fromMs && ms < fromMs + widthMs
    const begun = purchases.filter(({ startedMs }) => within(startedMs))
    return {
      fromMs,
      begun: begun.length,
      atOnce: begun.filter(({ tries, result }) => tries === 1 && result !== 'lost').length,
      lost: begun.filter(({ result }) => result === 'lost').length,
      faults: faults.filter(({ atMs }) => within(atMs)).map(({ fault }) => describeFault(fault)),
    }
  })
}

/** One line for each five seconds: `█` answered at once, `▒` only after the client asked again, `!` never. */
export function timeLine(run: Run): string {
  const WIDTH = 40
  return slices(run, 5_000)
    .map(({ fromMs, begun, atOnce, lost, faults }) => {
      const cells = (part: number): number => (begun === 0 ? 0 : Math.round((WIDTH * part) / begun))
      const [full, bad] = [cells(atOnce), Math.max(cells(lost), lost > 0 ? 1 : 0)]
      const bar = '█'.repeat(full) + '▒'.repeat(Math.max(0, WIDTH - full - bad)) + '!'.repeat(bad)
      return `${String(fromMs / 1000).padStart(4)} s ${begun === 0 ? ' '.repeat(WIDTH) : bar}  ${faults.join(', ')}`
    })
    .join('\n')
}

/** Share that was answered, by minute, in per cent. */
export function availabilityByMinute(run: Run): number[] {
  return slices(run, 60_000).map(({ begun, lost }) => (begun === 0 ? 100 : (100 * (begun - lost)) / begun))
}

export function htmlOf(run: Run): string {
  const columns = slices(run, 1_000)
  const [width, height] = [columns.length * 6, 160]
  const most = Math.max(1, ...columns.map(({ begun }) => begun))
  const bar = (x: number, from: number, to: number, colour: string): string =>
    to <= from
      ? ''
      : `<rect x="${x * 6}" y="${height - (to / most) * height}" width="5" height="${((to - from) / most) * height}" fill="${colour}"/>`
  const bars = columns.map(({ begun, atOnce, lost }, x) =>
    [
      bar(x, 0, atOnce, '#5F7561'),
      bar(x, atOnce, begun - lost, '#B7791F'),
      bar(x, begun - lost, begun, '#B4482B'),
    ].join(''),
  )
  const marks = run.faults
    .filter(({ atMs }) => atMs >= 0)
    .map(({ atMs, fault }) => {
      const x = (atMs / 1000) * 6
      return `<line x1="${x}" x2="${x}" y1="0" y2="${height}" stroke="#1F1B16" stroke-dasharray="2 3"><title>${escapeHtml(describeFault(fault))}</title></line>`
    })
  const rows = run.faults.map(
    ({ atMs, fault }) =>
      `<tr><td>${atMs < 0 ? 'missed' : `${(atMs / 1000).toFixed(1)} s`}</td><td>${escapeHtml(describeFault(fault))}</td></tr>`,
  )
  const wrong = run.violations.map(
    ({ rule, says, id, value }) =>
      `<tr><td>${escapeHtml(rule)}</td><td>${escapeHtml(says)}</td><td>${escapeHtml(id)}</td><td>${escapeHtml(value)}</td></tr>`,
  )
  const { success, purchases, confirmed, cancelled, returned, refused, repeated, p50Ms, p99Ms } = figuresOf(
    run.purchases,
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Meshmart chaos, seed ${run.seed}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;background:#FBF8F3;color:#1F1B16;max-width:70rem;margin:2rem auto;padding:0 1rem}
svg{max-width:100%;height:auto}td{padding:0 1rem 0 0;font-variant-numeric:tabular-nums}</style>
<h1>${run.violations.length === 0 ? 'Clean' : `${run.violations.length} violations`}</h1>
<p>Seed ${run.seed}, ${run.durationMs / 1000} s, ${run.rate} purchases a second, ${run.faults.length} faults.
${success.toFixed(2)} % of ${purchases} purchases were answered: ${confirmed} confirmed, ${cancelled} cancelled, ${returned} gave pieces back, ${refused} refused with a reason; ${repeated} had to be asked for again.
Answer after ${Math.round(p50Ms)} ms (median), ${Math.round(p99Ms)} ms (99th percentile). The books agreed ${(run.settledMs / 1000).toFixed(1)} s after the last fault.</p>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Purchases by second: answered at once, after asking again, never; faults as lines">${bars.join('')}${marks.join('')}</svg>
<p>Purchases by the second in which they began: <b style="color:#5F7561">answered at once</b>, <b style="color:#B7791F">after asking again</b>, <b style="color:#B4482B">never</b>. Dashed lines are faults.</p>
${wrong.length === 0 ? '' : `<h2>What does not agree</h2><table>${wrong.join('')}</table>`}
<h2>Faults</h2><table>${rows.join('')}</table></html>
`
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
