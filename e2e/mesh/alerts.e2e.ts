/** Alert rules speak of figures that the shop shows: one that was renamed would be an alert that never comes. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { listeningPorts, pidsOf } from '../testing/processes.ts'
import { clone } from '../testing/shop-under-test.ts'

const { home } = inject('shop')
const replicas = ['gateway-1', 'orders-1', 'payments-1', 'inventory-1']

/** Debian's package `prometheus` brings it; so does the image prom/prometheus. */
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

/** What a replica shows on its admin listener, by metric name. */
async function figuresOf(replica: string): Promise<string[]> {
  for (const port of listeningPorts(pidsOf(home)[replica]!)) {
    const answer = await fetch(`http://127.0.0.1:${port}/stats/prometheus`, {
      signal: AbortSignal.timeout(2_000),
    }).catch(() => null)
    // Behind a sidecar process an application shows what is its own, which may be nothing.
    if (answer?.ok === true) return [...(await answer.text()).matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)
  }
  throw new Error(`${replica} shows no figures`)
}

test('each figure that an alert names is shown by some service', async () => {
  const rules = readFileSync(join(clone, 'infra/prometheus/alerts.yml'), 'utf8')
  const named = new Set(
    [...rules.matchAll(/^ +expr: (.+)$/gm)].flatMap(([, expr = '']) => expr.match(/meshmart_\w+/g) ?? []),
  )
  const shown = new Set((await Promise.all(replicas.map(figuresOf))).flat())
  expect([...named].toSorted()).toEqual([
    'meshmart_checkouts_oldest_due_seconds',
    'meshmart_inbox_dead_letters_total',
    'meshmart_inbox_handled_total',
    'meshmart_inbox_lag_events',
    'meshmart_mails_oldest_waiting_seconds',
    'meshmart_mails_refused',
    'meshmart_refunds_stuck',
    'meshmart_stock_low_products',
    'meshmart_stock_running_out_products',
  ])
  expect([...named].filter((metric) => !shown.has(metric))).toEqual([])
})

test.runIf(hasPromtool)('the rules are right, and tell what they should', () => {
  for (const args of [
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, {
      cwd: join(clone, 'infra/prometheus'),
      encoding: 'utf8',
    })
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' })
  }
})
