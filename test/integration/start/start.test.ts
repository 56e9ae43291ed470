import { type ChildProcess, type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { exitCodes } from '../../../src/commands/exit-codes.ts'
import type { DetectedBottleneck, OptimizationStatus } from '../../../src/messaging/performance.ts'
import type { OptimizationResult } from '../../../src/model/result.ts'
import type { CycleView } from '../../../src/reading/cycles.ts'
import type { Status } from '../../../src/reading/status.ts'
import type { Cycle } from '../../../src/store/cycles.ts'
import { patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startListener } from '../../support/listener.ts'

const repository = join(import.meta.dirname, '../../..')
const cli = join(repository, 'src/cli.ts')
const hunter = 'market-hunter'
/** One round of trials a cycle: on a busy machine a trial may end undecided, and a later cycle tries again. */
const trials = { observeMs: 105_000, widenMs: 20_000, cycleMs: 145_000, lookEveryMs: 1_000, highLoadPercent: 100 }
const maxCycles = 8

/** The starts share a folder, as those of a user do: the servers of one start find the data of the start before. */
let folder: string
let started: ChildProcess | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'optimizer-start-'))
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ trials, orchestratorAnswerMs: 12_000 }))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  if (started && started.exitCode === null && started.signalCode === null) {
    started.kill('SIGINT')
    await once(started, 'exit')
  }
  started = undefined
})

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  ...Object.fromEntries(['TEMPORAL', 'TEMPORAL_UI', 'POSTGRES', 'NATS', 'API'].map((name) => [`OPTIMIZER_${name}_PORT`, '0'])),
  OPTIMIZER_DATA_DIR: join(folder, 'data'),
  OPTIMIZER_CONFIG: join(folder, 'config.json'),
  OPTIMIZER_WORKFLOW_BUNDLE: inject('workflowBundle'),
  ...more,
})

/** Through npm, in a process group of its own as under a terminal. */
const startWithNpm = (...args: string[]) =>
  follow(spawn('npm', ['start', '--', ...args], { cwd: repository, env: environment(), detached: true }))

const start = (args: string[], env = environment()) => follow(spawn(process.execPath, [cli, 'start', ...args], { env }))

function follow(child: ChildProcessWithoutNullStreams) {
  started = child
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output.text += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  /** Resolves once it has printed this; fails at once where it ends without. */
  const says = async (words: string | RegExp, times = 1) => {
    const found = () => output.text.split(words).length > times
    await vi.waitUntil(() => found() || child.exitCode !== null, { timeout: patienceMs * 3, interval: 200 })
    expect(found(), output.text).toBe(true)
  }
  return { child, output, ended, says }
}

async function paused<Started extends ReturnType<typeof follow>>(started: Started): Promise<Started> {
  await started.says('The Schedule is paused')
  return started
}

/** The processes that run from this repository, rather than the servers it starts. */
const ourOwn = /\/(src|examples)\/[\w/-]+\.ts\b/

/** Processes whose command line or environment names this test's data folder. */
async function leftBehind(which = /./): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid,args'])
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder) && !line.includes('ps axeww') && which.test(line))
    .join('\n')
}

/** Kept, proven, and worth it: by a tenth or by 10 points. */
const isBetter = ({ verdict, interval, actualImprovement }: OptimizationResult) =>
  verdict === 'keep' && interval !== null && interval[0] > 0 && (actualImprovement ?? 0) >= 10

describe('npm start', () => {
  test('--once makes the real fleet faster or cheaper, for which the orchestrator raises autonomy and reputation; npm, terminated in mid-cycle, waits for its report and its end, and no process is left', async () => {
    const file = join(folder, 'report.json')
    const { child, ended, output, says } = startWithNpm('--once', '--cycles', String(maxCycles), '--json', file)
    await says('Cycle cycle-')
    const { api, nats } = JSON.parse(readFileSync(join(folder, 'data', 'addresses.json'), 'utf8'))
    const listener = await startListener(nats, api)
    const read = async <Answer>(path: string) => (await (await fetch(`${api}/api/${path}`)).json()) as Answer
    const comes = async <Found>(find: () => Promise<Found | undefined>): Promise<Found> => {
      let found: Found | undefined
      const isOver = async () => {
        // The API may stop before npm, or be started again.
        found = await find().catch(() => undefined)
        return found !== undefined || child.exitCode !== null
      }
      await vi.waitUntil(isOver, { timeout: maxCycles * patienceMs, interval: 500 })
      expect(found, output.text).toBeDefined()
      return found!
    }
    // The scenario of document 000: detected, tried, kept, reported; the strategic orchestrator raises autonomy and reputation. On a
    // machine with too much to do, the trial takes longer than the cycle that planned it, and a later cycle reports its result.
    const { agentId, trialId, autonomy, reputation } = await comes(async () => {
      const proven = (await read<OptimizationResult[]>('results')).filter(isBetter)
      const cycles = (await read<Cycle[]>('cycles')).filter(({ state }) => state === 'completed')
      const views = await Promise.all(cycles.map(({ id }) => read<CycleView>(`cycles/${id}`)))
      const reassessments = views.flatMap(({ reassessment }) => reassessment ?? [])
      return proven
        .flatMap(({ strategy: { agentId, id: trialId } }) =>
          reassessments.map(({ autonomy, reputation }) => ({ agentId, trialId, autonomy: autonomy[agentId], reputation })),
        )
        .find(
          ({ autonomy, reputation }) => autonomy && autonomy.to > autonomy.from && reputation && reputation.to > reputation.from,
        )
    })
    expect(autonomy!.to - autonomy!.from).toBeCloseTo(0.05)
    expect(reputation!.to - reputation!.from).toBeCloseTo(0.05)
    await comes(async () => (await read<Status>('status')).trust.reputation.value === reputation!.to || undefined)
    await vi.waitFor(() => {
      const told = listener.heard<OptimizationStatus>('performance.optimization_status')
      const states = told.filter((status) => status.trialId === trialId).map(({ state }) => state)
      expect([...new Set(states)]).toEqual(['applying', 'observing', 'widening', 'kept'])
    }, patienceMs)
    const detected = listener.heard<DetectedBottleneck>('performance.bottleneck_detected')
    expect(detected).toContainEqual(expect.objectContaining({ affectedComponent: hunter }))
    expect(listener.problems).toEqual([])
    await listener.stop()
    await comes(async () => (await read<Cycle[]>('cycles')).find(({ state }) => state === 'running'))
    child.kill('SIGTERM')
    expect(await ended, output.text).toBe(0)
    expect(output.text).toMatch(/Interrupted; unfinished work continues[\s\S]*Stopping\n$/)
    expect(output.text).toContain(`autonomy of ${agentId} `)
    expect(output.text).not.toMatch(/^ {4}at /m)
    expect(await leftBehind()).toBe('')

    const report = JSON.parse(readFileSync(file, 'utf8'))
    expect(report.cycles.length).toBeGreaterThan(0)
    expect(report.cycles[0].phases).toMatchObject({ collectMs: expect.any(Number), detectMs: expect.any(Number) })
    expect(
      report.cycles[0].bottlenecks.map(({ affectedComponent }: { affectedComponent: string }) => affectedComponent),
    ).toContain(hunter)
    for (const result of report.results) {
      expect(result).toMatchObject({
        verdict: expect.stringMatching(/^(keep|roll-back|undecided)$/),
        samples: {},
        metrics: { before: {}, after: {} },
      })
      expect(result.success).toBe(result.verdict === 'keep')
    }
    expect(report.impact.totalOptimizations).toBe(report.results.length)
    const { before, after } = report.configurations[agentId]
    expect(after).not.toEqual(before)
  })

  test('only servers survive a kill, and one next start replaces them; the end of npm stops everything', async () => {
    const first = await paused(start(['--paused']))
    first.child.kill('SIGKILL')
    await first.ended
    await vi.waitFor(async () => expect(await leftBehind(ourOwn)).toBe(''), patienceMs)
    expect(await leftBehind()).not.toBe('')

    const second = await paused(startWithNpm('--paused', '--no-fleet'))
    const third = spawn(process.execPath, [cli, 'start', '--paused', '--no-fleet'], { env: environment() })
    expect(await once(third, 'exit')).toEqual([exitCodes.refused, null])
    // npm does not pass this signal on.
    second.child.kill('SIGHUP')
    await second.ended
    await vi.waitFor(async () => expect(await leftBehind(), second.output.text).toBe(''), patienceMs)
  })

  test('--paused starts no cycle; a second start is refused and touches nothing; Ctrl-C, which npm passes on a second time, stops everything', async () => {
    const { child, ended, output } = await paused(startWithNpm('--paused', '--no-fleet'))
    const second = start(['--paused', '--no-fleet'])
    expect(await second.ended).toBe(exitCodes.refused)
    expect(second.output.text).toMatch(/already using the data folder/)
    expect(existsSync(join(folder, 'data', 'addresses.json'))).toBe(true)
    process.kill(-child.pid!, 'SIGINT')
    expect(await ended, output.text).toBe(0)
    expect(existsSync(join(folder, 'data', 'addresses.json'))).toBe(false)
    expect(await leftBehind()).toBe('')
  })

  test('--once ends by itself after its cycles', async () => {
    const file = join(folder, 'report-of-one.json')
    // In a folder of its own: in the shared one, the cycle that was left off in the middle goes on first.
    const alone = environment({ OPTIMIZER_DATA_DIR: join(folder, 'alone') })
    const { ended, output } = start(['--once', '--cycles', '1', '--no-fleet', '--json', file], alone)
    expect(await ended, output.text).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8')).cycles).toHaveLength(1)
    expect(await leftBehind()).toBe('')
  })

  test('a port in use is reported in one sentence with the remedy', async () => {
    const squatter = createServer().listen(0, '127.0.0.1')
    await once(squatter, 'listening')
    const { port } = squatter.address() as { port: number }
    const { ended, output } = start(['--once'], environment({ OPTIMIZER_POSTGRES_PORT: String(port) }))
    expect(await ended).toBe(exitCodes.failed)
    expect(output.text).toContain(`Port ${port}`)
    expect(output.text).toContain('OPTIMIZER_POSTGRES_PORT')
    expect(output.text).not.toMatch(/^ {4}at /m)
    squatter.close()
    expect(await leftBehind()).toBe('')
  })

  test('an unknown configuration key is reported in one sentence', async () => {
    const file = join(temporaryFolder(), 'config.json')
    writeFileSync(file, JSON.stringify({ trails: {} }))
    const { ended, output } = start(['--once'], environment({ OPTIMIZER_CONFIG: file }))
    expect(await ended).toBe(exitCodes.usage)
    expect(output.text).toMatch(/trails/)
    expect(output.text).not.toMatch(/^ {4}at /m)
  })
})
