import { stringify } from 'yaml'

/** Data as YAML, for people and for `apply`. */
export const formatYaml = (data: unknown): string => stringify(data)
