/**
 * Certificates for the peers' mTLS pair, of the very kind that the mesh's own authority issues: root → issuing → leaf, P-256, a SPIFFE id as
 * URI SAN. A DNS name stands beside it, because haproxy and nginx cannot compare URI SANs.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CertificateFiles {
  readonly key: string
  /** Leaf, then issuing certificate. */
  readonly chain: string
  /** Both in one file, as haproxy wants it. */
  readonly bundle: string
}
export interface Authority {
  readonly root: string
  /** The same one each time it is asked for. */
  issue(account: string): CertificateFiles
}
export const spiffeId = (account: string): string => `spiffe://cluster.local/ns/meshmart/sa/${account}`

/** A new authority whose files lie in `folder`. @param name tells several in one folder apart */
export function makeAuthority(folder: string, name: string): Authority {
  const file = (suffix: string): string => join(folder, `${name}-${suffix}`)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = (out: string): void =>
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', out)

  const sign = (subject: string, issuer: string | null, extensions: string): CertificateFiles => {
    const [key, request, certificate] = [file(`${subject}.key`), file(`${subject}.csr`), file(`${subject}.pem`)]
    newKey(key)
    openssl('req', '-new', '-key', key, '-subj', `/O=meshmart/CN=${subject}`, '-out', request)
    writeFileSync(file(`${subject}.ext`), extensions)
    const by =
      issuer === null
        ? ['-signkey', key]
        : ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`), '-CAcreateserial']
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      ...by,
      '-days',
      '2',
      '-sha256',
      '-extfile',
      file(`${subject}.ext`),
      '-out',
      certificate,
    )
    return { key, chain: certificate, bundle: file(`${subject}.bundle`) }
  }
  const authority =
    'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
  sign('root', null, authority)
  sign('issuing', 'root', `${authority}authorityKeyIdentifier=keyid\n`)
  const issued = new Map<string, CertificateFiles>()
  return {
    root: file('root.pem'),
    issue(account) {
      const known = issued.get(account)
      if (known !== undefined) return known
      const leaf = sign(
        account,
        'issuing',
        `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=URI:${spiffeId(account)},DNS:${account}\n`,
      )
      appendFileSync(leaf.chain, readFileSync(file('issuing.pem')))
      writeFileSync(leaf.bundle, readFileSync(leaf.chain, 'utf8') + readFileSync(leaf.key, 'utf8'), { mode: 0o600 })
      issued.set(account, leaf)
      return leaf
    },
  }
}
