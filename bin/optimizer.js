#!/usr/bin/env node
// The package carries the built command, a checkout the source. Both need Node 24: an older Node hands over to the one of the
// npm package `node`.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src/cli.ts')
const program = existsSync(source) ? source : join(root, 'dist/cli.js')

if (Number(process.versions.node.split('.')[0]) >= 24) await import(pathToFileURL(program).href)
else {
  const { spawn } = await import('node:child_process')
  const { createRequire } = await import('node:module')
  const node = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin/node')
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // npx passes signals on to its shell only, which ends without waiting for this process.
  const shell = process.ppid
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid === shell || child.kill('SIGTERM'), 500).unref()
  child.on('exit', (status, signal) => {
    process.exitCode = signal ? 1 : (status ?? 1)
  })
}
