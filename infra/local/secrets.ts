/** Secrets are made at the first start, one file each, and never leave this machine. */
import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** The secret in this file (mode 0600), made on first use. */
export function secret(file: string, make: () => string = () => randomBytes(32).toString('base64url')): string {
  if (!existsSync(file)) writeSecret(file, make())
  return readFileSync(file, 'utf8').trim()
}

export function writeSecret(file: string, value: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${value}\n`, { mode: 0o600 })
}

/** A password that a presenter can read out. */
export function readablePassword(): string {
  const words = [
    'amber',
    'birch',
    'clay',
    'dawn',
    'ember',
    'fern',
    'grove',
    'hazel',
    'iris',
    'juniper',
    'linen',
    'maple',
    'olive',
    'pine',
    'sage',
    'willow',
  ]
  const word = () => words[randomInt(words.length)]!
  return `${word()}-${word()}-${word()}-${randomInt(1000, 10_000)}`
}
