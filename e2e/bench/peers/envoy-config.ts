/**
 * Envoy's configuration as Istio writes it for a sidecar, with the features that ours has and nothing more: no istio.stats, no fault filter,
 * no XFCC. JSON is YAML, so it needs no library.
 */
import { readFileSync } from 'node:fs'
import { allowed, elsewherePrefixes } from '../harness/subject.ts'
import { spiffeId, type CertificateFiles } from '../harness/certificates.ts'

export interface EnvoySide {
  readonly side: 'outbound' | 'inbound'
  readonly port: number
  readonly adminPort: number
  readonly accessLog: string
  readonly upstreamPort: number
  /** Of the outbound side. */
  readonly elsewhere: readonly number[]
  readonly traceSink: number
  /** TLS on the side that faces the other one; null where both faces are plain. */
  readonly tls: { readonly certificate: CertificateFiles; readonly root: string; readonly peer: string } | null
}

const extension = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`

/** Istio's default line (MeshConfig.accessLogFormat), so that all write about as much. */
const logLine =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  '%CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ' +
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" ' +
  '"%UPSTREAM_HOST%" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% ' +
  '%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n'

function cluster(name: string, port: number, transportSocket?: object): object {
  const socket_address = { address: '127.0.0.1', port_value: port }
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    lb_policy: 'LEAST_REQUEST',
    circuit_breakers: {
      thresholds: [{ max_connections: 1e6, max_pending_requests: 1e6, max_requests: 1e6, max_retries: 1e6 }],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address } } }] }],
    },
    ...(transportSocket === undefined ? {} : { transport_socket: transportSocket }),
  }
}

const commonTls = ({ certificate, root, peer }: NonNullable<EnvoySide['tls']>): object => ({
  tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
  tls_certificates: [
    {
      certificate_chain: { inline_string: readFileSync(certificate.chain, 'utf8') },
      private_key: { inline_string: readFileSync(certificate.key, 'utf8') },
    },
  ],
  validation_context: {
    trusted_ca: { inline_string: readFileSync(root, 'utf8') },
    match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: spiffeId(peer) } }],
  },
})
const clientTls = (tls: NonNullable<EnvoySide['tls']>): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': extension('transport_sockets.tls.v3.UpstreamTlsContext'),
    common_tls_context: commonTls(tls),
    sni: tls.peer,
  },
})
const serverTls = (tls: NonNullable<EnvoySide['tls']>): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': extension('transport_sockets.tls.v3.DownstreamTlsContext'),
    common_tls_context: commonTls(tls),
    require_client_certificate: true,
  },
})

const policy = (identified: boolean): object => ({
  name: 'envoy.filters.http.rbac',
  typed_config: {
    '@type': extension('filters.http.rbac.v3.RBAC'),
    rules: {
      action: 'ALLOW',
      policies: {
        items: {
          permissions: [
            {
              and_rules: {
                rules: [
                  {
                    or_rules: {
                      rules: allowed.methods.map((method) => ({
                        header: { name: ':method', string_match: { exact: method } },
                      })),
                    },
                  },
                  { url_path: { path: { prefix: allowed.pathPrefix } } },
                ],
              },
            },
          ],
          principals: [
            identified ? { authenticated: { principal_name: { exact: spiffeId(allowed.account) } } } : { any: true },
          ],
        },
      },
    },
  },
})

function connectionManager(config: EnvoySide): object {
  const outbound = config.side === 'outbound'
  const retries = {
    retry_on: 'connect-failure,refused-stream,unavailable,cancelled',
    num_retries: 2,
    retry_host_predicate: [
      {
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: { '@type': extension('retry.host.previous_hosts.v3.PreviousHostsPredicate') },
      },
    ],
    host_selection_retry_max_attempts: 5,
  }
  const action = (name: string): object => ({
    cluster: name,
    timeout: outbound ? '300s' : '0s',
    ...(outbound ? { retry_policy: retries } : {}),
  })
  const elsewhere = outbound
    ? elsewherePrefixes.map((prefix, index) => ({
        name: `r${index}`,
        match: { prefix },
        route: action(`elsewhere-${index}`),
      }))
    : []
  return {
    '@type': extension('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: config.side,
    codec_type: 'HTTP1',
    normalize_path: true,
    generate_request_id: true,
    use_remote_address: false,
    tracing: {
      random_sampling: { value: 1 },
      overall_sampling: { value: 100 },
      provider: {
        name: 'envoy.tracers.opentelemetry',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
          service_name: config.side,
          http_service: {
            http_uri: { uri: `http://127.0.0.1:${config.traceSink}/v1/traces`, cluster: 'traces', timeout: '1s' },
          },
        },
      },
    },
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: {
          '@type': extension('access_loggers.file.v3.FileAccessLog'),
          path: config.accessLog,
          log_format: { text_format_source: { inline_string: logLine } },
        },
      },
    ],
    http_filters: [
      ...(outbound ? [] : [policy(config.tls !== null)]),
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': extension('filters.http.router.v3.Router') },
      },
    ],
    route_config: {
      virtual_hosts: [
        {
          name: 'bench',
          domains: ['*'],
          routes: [...elsewhere, { name: 'default', match: { prefix: '/' }, route: action('main') }],
        },
      ],
    },
  }
}

export function envoyConfig(config: EnvoySide): object {
  const outbound = config.side === 'outbound'
  const listens = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  return {
    admin: { address: listens(config.adminPort) },
    static_resources: {
      listeners: [
        {
          name: config.side,
          address: listens(config.port),
          filter_chains: [
            {
              filters: [
                { name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(config) },
              ],
              ...(config.tls === null || outbound ? {} : { transport_socket: serverTls(config.tls) }),
            },
          ],
        },
      ],
      clusters: [
        cluster('main', config.upstreamPort, config.tls !== null && outbound ? clientTls(config.tls) : undefined),
        ...(outbound ? config.elsewhere.map((port, index) => cluster(`elsewhere-${index}`, port)) : []),
        cluster('traces', config.traceSink),
      ],
    },
  }
}
