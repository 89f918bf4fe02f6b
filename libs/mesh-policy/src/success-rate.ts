/**
 * Who fails much more often than the others: a success rate in the last interval below mean − stdevFactor × standard deviation, of those that
 * had enough requests to say. Source: Envoy's `success_rate_*`.
 */
import type { ClusterState, EndpointState } from './cluster-state.ts'
import type { OutlierDetection } from './snapshot.ts'

export type SuccessRateOutliers = readonly EndpointState[]

/** @param countsOf what is compared: all answers, or whether there was one at all */
export function successRateOutliers(
  { minimumHosts, requestVolume, stdevFactor }: NonNullable<OutlierDetection['successRate']>,
  cluster: ClusterState,
  countsOf: (endpoint: EndpointState) => { readonly requests: number; readonly successes: number },
): SuccessRateOutliers {
  const rated: { readonly endpoint: EndpointState; readonly rate: number }[] = []
  for (const endpoint of cluster.values()) {
    const { requests, successes } = countsOf(endpoint)
    if (endpoint.health !== 'admitted' || requests === 0 || requests < requestVolume) continue
    rated.push({ endpoint, rate: (100 * successes) / requests })
  }
  if (rated.length === 0 || rated.length < minimumHosts) return []
  const mean = rated.reduce((sum, { rate }) => sum + rate, 0) / rated.length
  const variance = rated.reduce((sum, { rate }) => sum + (rate - mean) ** 2, 0) / rated.length
  const threshold = mean - (stdevFactor / 1000) * Math.sqrt(variance)
  return rated.filter(({ rate }) => rate < threshold).map(({ endpoint }) => endpoint)
}
