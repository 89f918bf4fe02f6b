/** Certificates: asked for by workloads, looked at and denied by operators. */
import type { AllowedAgain, CertificateRecord, Denial, DenialList } from '@meshmart/contracts'
import { formatSpiffeId, parseSpiffeId } from '@meshmart/mesh-policy'
import { z } from 'zod'
import type { Audit } from '../identity/audit.ts'
import { CsrRefused, type CertificateAuthority } from '../identity/authority.ts'
import type { Denials } from '../identity/denials.ts'
import { dnsLabel } from '../identity/dns-label.ts'
import { NotIdentified, type Issuance } from '../identity/issuance.ts'
import { isOperator } from '../identity/operator.ts'
import { readBody } from './body.ts'
import { onlyOperators, onlyReaders } from './caller.ts'
import { HttpProblem } from './problem.ts'
import { wholeNumber, type Route } from './route.ts'

const MAX_BYTES = 16_384
const MAX_ENTRIES = 5_000

const CertificateRequest = z.strictObject({
  csr: z.string().min(1),
  token: z.string().min(1).max(512).optional(),
  instance: z.string().regex(dnsLabel).optional(),
})
const DenialRequest = z.strictObject({ identity: z.string().min(1).max(512), reason: z.string().min(1).max(500) })

export interface IdentityRouteParts {
  readonly issuance: Issuance
  readonly authority: CertificateAuthority
  readonly denials: Denials
  readonly audit: Audit
  readonly trustDomain: string
}

export function identityRoutes({
  issuance,
  authority,
  denials,
  audit,
  trustDomain,
}: IdentityRouteParts): readonly Route[] {
  const identityIn = (text: string): string => {
    const id = parseSpiffeId(text)
    if (id === null || id.trustDomain !== trustDomain) {
      const message = `must be spiffe://${trustDomain}/ns/<namespace>/sa/<account>`
      throw new HttpProblem('invalid-request', { errors: [{ field: 'identity', code: 'format', message }] })
    }
    if (isOperator(id) || id.namespace === 'meshmart-system') {
      throw new HttpProblem('not-allowed', {
        detail: `${text} is part of the mesh itself: take its token away instead.`,
      })
    }
    return text
  }
  return [
    {
      method: 'POST',
      path: /^\/v1\/certificates$/,
      handle: async ({ request, peer }) => {
        const body = await readBody(request, CertificateRequest, MAX_BYTES)
        const { certificateChain, trustBundle, notAfter } = await issuance.issue(body, peer, Date.now()).catch(refusal)
        return { status: 200, body: { certificateChain, trustBundle, notAfter } }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/certificates$/,
      handle: ({ peer, query }) => {
        onlyReaders(peer)
        const limit = wholeNumber(query, 'limit', MAX_ENTRIES) ?? 100
        const filter = { identity: query.get('identity') ?? undefined, event: query.get('event') ?? undefined, limit }
        const issuers = Object.entries(audit.validByIssuer(Date.now())).map(([issuer, valid]) => {
          return { issuer, signsNow: issuer === authority.issuer, valid }
        })
        return { status: 200, body: { issuers, entries: audit.list(filter) } satisfies CertificateRecord }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/denied$/,
      handle: ({ peer }) => {
        onlyReaders(peer)
        return { status: 200, body: { denied: denials.all } satisfies DenialList }
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/denied$/,
      handle: async ({ request, peer }) => {
        const by = formatSpiffeId(onlyOperators(peer))
        const body = await readBody(request, DenialRequest, MAX_BYTES)
        const denial: Denial = {
          identity: identityIn(body.identity),
          reason: body.reason,
          by,
          at: new Date().toISOString(),
        }
        await denials.deny(denial)
        audit.record({ ...denial, event: 'denied' })
        return { status: 200, body: denial }
      },
    },
    {
      method: 'DELETE',
      path: /^\/v1\/denied\/(.+)$/,
      handle: async ({ peer, parameters: [text = ''] }) => {
        const by = formatSpiffeId(onlyOperators(peer))
        const identity = identityIn(text)
        if (!(await denials.allow(identity)))
          throw new HttpProblem('not-found', { detail: `${identity} is not denied.` })
        audit.record({ at: new Date().toISOString(), event: 'allowed', identity, by })
        return { status: 200, body: { identity } satisfies AllowedAgain }
      },
    },
  ]
}

function refusal(error: unknown): never {
  if (error instanceof CsrRefused) {
    throw new HttpProblem('invalid-request', { errors: [{ field: 'csr', code: 'invalid', message: error.message }] })
  }
  if (error instanceof NotIdentified) throw new HttpProblem('not-allowed', { detail: error.message })
  throw error
}
