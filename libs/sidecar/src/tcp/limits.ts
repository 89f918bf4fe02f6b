/** Without a byte in either direction a connection is closed: Istio's default for `connectionPool.tcp.idleTimeout`. */
export const TCP_IDLE_MS = 3_600_000
