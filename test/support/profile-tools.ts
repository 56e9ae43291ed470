/** The tools that people open exported profiles with. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { encodePprof } from '../../src/analysis/profiling/pprof.ts'
import type { StackProfile } from '../../src/model/stack-profile.ts'
import { getCacheFolder, installAtomically } from '../../src/servers/binaries/cache.ts'

/** The command `go`; undefined if it is not installed. */
export const go = ['go', '/usr/local/go/bin/go'].find((command) => {
  try {
    return Boolean(execFileSync(command, ['version']))
  } catch {
    return false
  }
})

/** A line of `go tool pprof -top`; shares in percent. */
export interface TopLine {
  name: string
  own: number
  total: number
}

/** The output of `go tool pprof` for an exported profile. @param folder where the export is written */
export async function openWithPprof(profile: StackProfile, folder: string): Promise<TopLine[]> {
  const file = join(folder, 'profile.pb.gz')
  writeFileSync(file, gzipSync(encodePprof(profile, Date.now())))
  const options = ['tool', 'pprof', '-top', '-nodecount=1000', '-nodefraction=0', file]
  const { stdout } = await promisify(execFile)(go!, options, { maxBuffer: 16 * 1024 * 1024 })
  const [, table = ''] = stdout.split(/^ *flat .*$/m)
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [, own, , , total, ...name] = line.trim().split(/\s+/)
      return { name: name.join(' '), own: Number.parseFloat(own!), total: Number.parseFloat(total!) }
    })
}

const speedscope = 'speedscope@1.25.0'

/** The published schema of speedscope's files; undefined if it is not in the cache and cannot be installed, as without a network. */
export async function loadSpeedscopeSchema(): Promise<z.ZodType | undefined> {
  const folder = join(getCacheFolder(), speedscope)
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', '--fetch-retries', '0']
  if (!existsSync(folder))
    await installAtomically(folder, async (fresh) => {
      await promisify(execFile)('npm', ['install', '--prefix', fresh, ...quiet, speedscope])
    }).catch(() => undefined)
  if (!existsSync(folder)) return undefined
  const file = join(folder, 'node_modules/speedscope/dist/release/file-format-schema.json')
  return z.fromJSONSchema(JSON.parse(readFileSync(file, 'utf8')))
}
