#!/usr/bin/env node
// The package carries the built command, a checkout the source; both run on the Node 24 of the npm package `node`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src/cli.ts')
const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
const { status, signal } = spawnSync(node, [existsSync(source) ? source : join(root, 'dist/cli.js'), ...process.argv.slice(2)], { stdio: 'inherit' })
process.exitCode = signal ? 1 : (status ?? 1)
