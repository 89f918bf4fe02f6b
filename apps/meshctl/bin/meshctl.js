#!/usr/bin/env node
// Stands beside the bundle so that `npx meshctl` finds it, and may run it, before and after a build. What was compiled is kept: the second
// start takes half the time of the first.
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'

const bundle = new URL('../dist/main.js', import.meta.url)
if (existsSync(bundle)) {
  nodeModule.enableCompileCache?.()
  await import(bundle.href)
} else {
  console.error('meshctl is not built yet: npm run build')
  process.exitCode = 2
}
