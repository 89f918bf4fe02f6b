/** A control plane of another version: real HTTPS with its identity, and answers of its own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../testing/run.ts'

const directory = mkdtempSync(join(tmpdir(), 'meshctl-answers-'))
const [key, root, token] = ['key.pem', 'root.pem', 'token'].map((name) => join(directory, name)) as [
  string,
  string,
  string,
]
const identity = 'spiffe://cluster.local/ns/meshmart-system/sa/control-plane'

describe('what another version of the control plane answers', () => {
  let server: Server
  let answer: { status: number; body: unknown }
  beforeAll(async () => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const names = ['-subj', '/O=test', '-addext', `subjectAltName=URI:${identity}`]
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', root], { stdio: 'ignore' })
    writeFileSync(token, 'token')
    server = createServer({ key: readFileSync(key), cert: readFileSync(root) }, (_request, response) => {
      response.writeHead(answer.status).end(JSON.stringify(answer.body))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    rmSync(directory, { recursive: true })
  })
  const meshctl = (...words: string[]) => {
    const { port } = server.address() as AddressInfo
    const where = ['--control-plane', `https://127.0.0.1:${port}`, '--token-file', token, '--root-cert', root]
    return run([...words, ...where])
  }

  const document = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'reviews' } }
  const entry = { revision: 1, at: '2026-11-29T00:00:00Z', by: identity, action: 'apply', created: 1, changed: 0 }
  it.each([
    ['get', { revision: 1, resources: [{ source: 'elsewhere', document }] }, 'resources.0.source'],
    ['get vs reviews', { source: 'folder', document: { ...document, metadata: {} } }, 'document.metadata.name'],
    ['describe vs reviews', { source: 'folder' }, 'document'],
    ['history', { revisions: [{ ...entry, resources: [] }] }, 'revisions.0.removed'],
    ['history 7', { revision: 7, changes: [{ resource: 'a', change: 'renamed' }] }, 'changes.0.change'],
    ['proxy-status', { self: 'a', leader: null, proxies: [{ namespace: 'shop' }] }, 'proxies.0.workload'],
    ['wait', { self: 'a' }, 'leader'],
    ['proxy-config secret orders-1', { self: 'a', leader: 1, proxies: [] }, 'leader'],
    ['certs', { issuers: [], entries: [{ at: 'now' }] }, 'entries.0.event'],
    ['certs denied', { denied: [{ identity }] }, 'denied.0.reason'],
    ['dead-letters', { letters: [] }, 'total'],
    ['dead-letters --discarded', { discarded: [{ sequence: 1, letter: {} }], total: 1 }, 'discarded.0.letter.sequence'],
    ['dead-letters show 1', { sequence: '1' }, 'sequence'],
    ['dead-letters replay 1', { done: 1 }, 'done'],
    ['traffic shift reviews v1=100', { resources: [] }, 'revision'],
  ])('%s names the field that it does not understand, and ends with 3', async (words, body, field) => {
    answer = { status: 200, body }
    expect(await meshctl(...words.split(' '))).toMatchObject({
      exitCode: 3,
      out: '',
      error: expect.stringContaining(`is it of the same version?): ${field}: `),
    })
  })

  it('a refusal that is no problem details is not understood either', async () => {
    answer = { status: 500, body: { oops: true } }
    expect(await meshctl('get')).toMatchObject({ exitCode: 3, error: expect.stringContaining('type: ') })
  })

  it('what a newer one says besides is passed over, but kept of a document', async () => {
    const more = { ...document, spec: { hosts: ['reviews'] }, future: 1 }
    answer = { status: 200, body: { source: 'folder', file: 'a.yaml', colour: 'red', document: more } }
    const { exitCode, out } = await meshctl('get', 'vs', 'reviews', '-o', 'json')
    expect({ exitCode, document: JSON.parse(out) as unknown }).toEqual({ exitCode: 0, document: more })
  })
})
