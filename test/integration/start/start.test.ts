import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../../support/folder.ts'

const cli = join(import.meta.dirname, '../../../src/cli.ts')
const freePorts = Object.fromEntries(
  ['TEMPORAL', 'TEMPORAL_UI', 'POSTGRES', 'NATS', 'API'].map((name) => [`OPTIMIZER_${name}_PORT`, '0']),
)
const quickTrials = { trials: { observeMs: 6_000, widenMs: 2_000, cycleMs: 40_000, lookEveryMs: 500 } }

let folder: string
let started: ChildProcess | undefined
beforeEach(() => {
  folder = temporaryFolder()
  writeFileSync(join(folder, 'config.json'), JSON.stringify(quickTrials))
})
afterEach(async () => {
  if (started && started.exitCode === null) {
    started.kill('SIGINT')
    await new Promise((resolve) => started?.once('exit', resolve))
  }
  started = undefined
})

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  ...freePorts,
  OPTIMIZER_DATA_DIR: join(folder, 'data'),
  OPTIMIZER_CONFIG: join(folder, 'config.json'),
  ...more,
})

function start(args: string[], env = environment()) {
  const child = spawn(process.execPath, [cli, 'start', ...args], { env })
  started = child
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output.text += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, output, ended }
}

/** What runs from this repository, rather than the servers it starts. */
const ourOwn = /\/(src|examples)\/[\w/-]+\.ts\b/

/** Processes whose command line or environment names this test's data folder. */
async function leftBehind(which = /./): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid,args'])
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('ps axeww') && which.test(line))
    .join('\n')
}

describe('npm start', () => {
  test('--once runs its cycles on the real fleet, writes the report and leaves no process behind', {
    timeout: 180_000,
  }, async () => {
    const file = join(folder, 'report.json')
    const { ended, output } = start(['--once', '--cycles', '1', '--json', file])
    expect(await ended, output.text).toBe(0)
    const report = JSON.parse(readFileSync(file, 'utf8'))
    expect(report.cycles).toHaveLength(1)
    expect(report.cycles[0].phases).toMatchObject({ collectMs: expect.any(Number), detectMs: expect.any(Number) })
    expect(
      report.cycles[0].bottlenecks.map(({ affectedComponent }: { affectedComponent: string }) => affectedComponent),
    ).toContain('market-hunter')
    expect(report.results.length).toBeGreaterThan(0)
    for (const result of report.results) {
      expect(result).toMatchObject({
        verdict: expect.stringMatching(/^(keep|roll-back|undecided)$/),
        samples: {},
        metrics: { before: {}, after: {} },
      })
      expect(result.success).toBe(result.verdict === 'keep')
    }
    expect(report.impact.totalOptimizations).toBe(report.results.length)
    const { before, after } = report.configurations['market-hunter']
    const kept = report.results.filter((result: { verdict: string }) => result.verdict === 'keep')
    if (kept.length === 0) expect(after).toEqual(before)
    expect(await leftBehind()).toBe('')
  })

  test('an interruption in the middle of a cycle ends it cleanly and leaves no process behind', {
    timeout: 240_000,
  }, async () => {
    const { child, ended, output } = start(['--once'])
    await vi.waitFor(() => expect(output.text).toContain('Cycle cycle-'), 150_000)
    child.kill('SIGTERM')
    expect(await ended, output.text).toBe(0)
    expect(output.text).toMatch(/Interrupted; whatever is unfinished continues[\s\S]*Stopping\n$/)
    expect(output.text).not.toMatch(/^ {4}at /m)
    expect(await leftBehind()).toBe('')
  })

  test('a port that is taken is one sentence with the remedy', { timeout: 60_000 }, async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => squatter.once('listening', resolve))
    const { port } = squatter.address() as { port: number }
    const { ended, output } = start(['--once'], environment({ OPTIMIZER_POSTGRES_PORT: String(port) }))
    expect(await ended).toBe(1)
    expect(output.text).toContain(`Port ${port}`)
    expect(output.text).toContain('OPTIMIZER_POSTGRES_PORT')
    expect(output.text).not.toMatch(/^ {4}at /m)
    squatter.close()
    expect(await leftBehind()).toBe('')
  })

  test('a configuration key that does not exist is one sentence', async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ trails: {} }))
    const { ended, output } = start(['--once'])
    expect(await ended).toBe(1)
    expect(output.text).toMatch(/trails/)
    expect(output.text).not.toMatch(/^ {4}at /m)
  })

  test('--paused waits for a person; nothing but servers outlives a violent end, and the next start takes them over; Ctrl-C stops everything', {
    timeout: 240_000,
  }, async () => {
    const startPaused = async () => {
      const started = start(['--paused'])
      await vi.waitFor(() => expect(started.output.text).toContain('The Schedule is paused'), 60_000)
      return started
    }
    for (const signal of ['SIGKILL', 'SIGHUP'] as const) {
      const { child, ended } = await startPaused()
      child.kill(signal)
      await ended
      await vi.waitFor(async () => expect(await leftBehind(ourOwn), signal).toBe(''), 12_000)
    }

    const { child, ended } = await startPaused()
    expect(existsSync(join(folder, 'data', 'addresses.json'))).toBe(true)
    const second = spawn(process.execPath, [cli, 'start', '--paused'], { env: environment() })
    expect(await new Promise((resolve) => second.once('exit', resolve))).toBe(1)

    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(existsSync(join(folder, 'data', 'addresses.json'))).toBe(false)
    expect(await leftBehind()).toBe('')
  })
})
