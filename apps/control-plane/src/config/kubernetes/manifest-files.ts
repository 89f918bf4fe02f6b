/** The manifests as the files that `kubectl apply -k infra/k8s/configuration` reads. */
import { stringify } from 'yaml'
import { access, customResourceDefinitions } from './manifests.ts'

/** From the root of the repository. */
export const MANIFESTS = 'infra/k8s/configuration'
const HEADER =
  '# Made by `npm run manifests:kubernetes` from apps/control-plane/src/config/kubernetes/manifests.ts: change it there.\n'

export function manifestFiles(): [string, string][] {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['custom-resources.yaml', 'access.yaml'],
  }
  return [
    ['custom-resources.yaml', HEADER + documents(customResourceDefinitions())],
    ['access.yaml', HEADER + documents(access())],
    ['kustomization.yaml', HEADER + stringify(kustomization, STYLE)],
  ]
}

const STYLE = { aliasDuplicateObjects: false, singleQuote: true }

const documents = (all: readonly object[]): string => all.map((each) => stringify(each, STYLE)).join('---\n')
