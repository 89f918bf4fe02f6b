/** Who may change the configuration and deny identities: no workload, but the person or program that holds this join token. */
import type { SpiffeId } from '@meshmart/mesh-policy'

export const OPERATOR = 'meshmart-system/operator'

export const isOperator = ({ namespace, account }: SpiffeId): boolean => `${namespace}/${account}` === OPERATOR
