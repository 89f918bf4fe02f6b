/** Everyone who is measured, in the order of the tables. */
import type { Subject } from '../harness/subject.ts'
import { envoy } from './envoy.ts'
import { haproxy } from './haproxy.ts'
import { httpProxy } from './http-proxy.ts'
import { nginx } from './nginx.ts'
import { sidecar } from './sidecar.ts'

export const subjects: readonly Subject[] = [sidecar, envoy, haproxy, nginx, httpProxy]
