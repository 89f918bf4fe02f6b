export { fuzzCodec } from './http1/testing/fuzz.ts'
export { makeAuthority, type IssuedCertificate, type TestAuthority } from './testing/certificates.ts'
export { TestMesh } from './testing/mesh.ts'
export { inboundOf } from './testing/snapshots.ts'
