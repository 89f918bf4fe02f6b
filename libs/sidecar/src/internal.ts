export { makeAuthority, type IssuedCertificate, type TestAuthority } from './testing/certificates.ts'
