/**
 * A new root while everybody goes on, in three steps with time between them for the bundle, and then the certificates, to reach every sidecar
 * (docs/root-rotation.md): at each moment whatever anybody may show chains to a root that everybody trusts.
 */
import { bundleOf, fingerprintOf, type AuthorityFiles } from './authority-files.ts'
import { certificatePem, createRoot } from './certificates.ts'
import { generateKeyPair } from './keys.ts'
import { x509 } from './x509.ts'

export const ROTATION_STEPS = ['add', 'switch', 'drop'] as const
/** `add`: the new root is trusted beside the old one; `switch`: it signs; `drop`: the old one is no longer trusted. */
export type RotationStep = (typeof ROTATION_STEPS)[number]

const KEY = 'next-root.key'
const CERTIFICATE = 'next-root.pem'

/** The step cannot be taken now; `message` says which one can. */
export class WrongStep extends Error {}

export async function rotateRoot(
  files: AuthorityFiles,
  step: RotationStep,
  trustDomain: string,
  now: number,
): Promise<void> {
  const { certificate: signing } = await files.root()
  const others = files.roots().filter((root) => fingerprintOf(root) !== fingerprintOf(signing))
  if (step === 'add') {
    if (files.has(KEY)) throw new WrongStep('a new root was added already: switch comes next')
    if (others.length > 0) throw new WrongStep('the old root of the last rotation is still trusted: drop comes next')
    const keys = await generateKeyPair()
    const root = await createRoot(keys, trustDomain, now)
    // The key last: it is what says that this step was taken.
    files.write(CERTIFICATE, certificatePem(root))
    files.write('root.pem', bundleOf([signing, root]))
    await files.writeKey(KEY, keys)
  } else if (step === 'switch') {
    if (!files.has(KEY)) throw new WrongStep('no new root was added: add comes first')
    const root = new x509.X509Certificate(files.read(CERTIFICATE))
    files.sealKey('root.key', files.readKey(KEY))
    files.write(
      'root.pem',
      bundleOf([root, ...files.roots().filter((each) => fingerprintOf(each) !== fingerprintOf(root))]),
    )
    files.remove(KEY)
    files.remove(CERTIFICATE)
  } else {
    if (files.has(KEY)) throw new WrongStep('the new root does not sign yet: switch comes next')
    if (others.length === 0) throw new WrongStep('one root alone is trusted: there is nothing to drop')
    files.write('root.pem', bundleOf([signing]))
  }
}
