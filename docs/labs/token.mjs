// Tokens for the lab on JWT: `node docs/labs/token.mjs keys` prints the public key set, `node docs/labs/token.mjs '{"sub": "ann"}'` a token that it verifies.
// The private key stands in $LAB_KEY, and is made when it is not there.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const file = process.env['LAB_KEY'] ?? '/tmp/meshmart-lab.pem'
if (!existsSync(file)) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}
const key = createPrivateKey(readFileSync(file))
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

const wanted = process.argv[2] ?? '{}'
if (wanted === 'keys') {
  const jwk = createPublicKey(key).export({ format: 'jwk' })
  console.log(JSON.stringify({ keys: [{ ...jwk, kid: 'lab', alg: 'ES256' }] }))
} else {
  const claims = { iss: 'labs@meshmart.example', exp: Math.floor(Date.now() / 1000) + 3_600, ...JSON.parse(wanted) }
  const signed = `${encode({ alg: 'ES256', kid: 'lab' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  console.log(`${signed}.${signature.toString('base64url')}`)
}
