/** What operators write: Istio resources, their validation, and what they mean for the data plane. Runs in node and in the browser. */
export { analyse, refusals } from './analyse.ts'
export { analyzeFiles, messageOf, type AnalyzeOptions } from './analysis/analyze.ts'
export { documentationUrl } from './analysis/catalogue.ts'
export type { Finding } from './analysis/finding.ts'
export { OVERRIDDEN, OVERRIDES } from './checks/annotations.ts'
export { createCompiler, type Compiler } from './compile/compiler.ts'
export { ROOT_NAMESPACE, type MeshModel } from './compile/model.ts'
export type { MeshService } from './compile/service.ts'
export { parseDuration } from './duration.ts'
export { explain } from './explain/explain.ts'
export type { Explanation, ExplainError, ExplainedDestination, ExplainedResponse } from './explain/explanation.ts'
export { kubernetesServices, type KubernetesService } from './explain/kubernetes-services.ts'
export { explainedMesh, type ExplainedMesh } from './explain/mesh.ts'
export type { Question } from './explain/question.ts'
export { explainedRunningMesh, type RunningParts } from './explain/running-mesh.ts'
export { claimsFailure, type TokenVerdict, type VerifyToken } from './explain/tokens.ts'
export { expandHost } from './host.ts'
export { KINDS, type KindEntry } from './kinds.ts'
export {
  ofKubernetesKind,
  readKubernetesObject,
  type KubernetesObject,
  type KubernetesObjectOf,
} from './kubernetes/kubernetes-object.ts'
export type { KubernetesKind } from './kubernetes/kubernetes-specs.ts'
export { joinMeshes, readMesh, type ReadMesh } from './kubernetes/read-mesh.ts'
export { parseDocument, parseResources, type ParsedResources } from './parse.ts'
export type { Problem } from './problem.ts'
export { nameOf, ofKind, type IstioKind, type Kind, type Origin, type Resource, type ResourceOf } from './resource.ts'
export { formatYaml } from './yaml/format-yaml.ts'
