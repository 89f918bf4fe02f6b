/** DNS label (RFC 1123): what a namespace, an account and a replica may be called. It has no dot, so it is one token of a NATS subject. */
export const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
