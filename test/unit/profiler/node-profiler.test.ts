import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { computeFunctionShares } from '../../../src/analysis/profiling/functions.ts'
import { toSpeedscope } from '../../../src/analysis/profiling/speedscope.ts'
import { type StackProfile, stackProfileSchema } from '../../../src/model/stack-profile.ts'
import { convertCpuProfile } from '../../../src/profiler/cpu-profile.ts'
import { profileProcess } from '../../../src/profiler/node-profiler.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { go, loadSpeedscopeSchema, openWithPprof } from '../../support/profile-tools.ts'

const program = fileURLToPath(new URL('planted-hotspot.ts', import.meta.url))
const withoutGo = 'go is not installed, so that go tool pprof cannot open the export'
const shareOf = (profile: StackProfile, name: string) =>
  [...computeFunctionShares(profile).values()].find(({ frame }) => frame.name === name)

describe('a quadratic loop that takes about 40 % of the CPU time', () => {
  let folder: string
  let own: StackProfile
  let reference: StackProfile
  let waitingRatio: number
  /** The profile that is ours, and the one that Node takes of the same work. */
  async function take(): Promise<{ own: StackProfile; reference: StackProfile; waitingRatio: number }> {
    const taken = mkdtempSync(join(folder, 'node-'))
    const options = ['--cpu-prof', `--cpu-prof-dir=${taken}`, program, 'cpu']
    // Functions that V8 reads from its cache have no positions; where they are inlined, they count as their callers.
    const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' }
    const { stdout } = await promisify(execFile)(process.execPath, options, { maxBuffer: 64 * 1024 * 1024, env })
    const file = readdirSync(taken).find((name) => name.endsWith('.cpuprofile'))!
    const printed = JSON.parse(stdout)
    return {
      own: stackProfileSchema.parse(printed.profile),
      waitingRatio: printed.waitingRatio,
      reference: convertCpuProfile(JSON.parse(readFileSync(join(taken, file), 'utf8')), process.cwd()),
    }
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'optimizer-profile-'))
    ;({ own, reference, waitingRatio } = await take())
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('is named by function, file and line', () => {
    const line =
      readFileSync(program, 'utf8')
        .split('\n')
        .findIndex((text) => text.startsWith('function countDuplicates')) + 1
    const { frame } = shareOf(own, 'countDuplicates')!
    expect(frame).toMatchObject({ file: 'test/unit/profiler/planted-hotspot.ts', line })
    expect(frame.hottestLine).toBeGreaterThan(line)
    expect(frame.hottestLine).toBeLessThan(line + 6)
  })

  it('has the share that node --cpu-prof gives it, within 5 points', { retry: 2 }, async ({ task }) => {
    const {
      own: ours,
      reference: nodes,
      waitingRatio: waited,
    } = task.result?.retryCount ? await take() : { own, reference, waitingRatio }
    // Node's profile begins with the start of the program, which takes longer on a busy machine; the work is the same in both.
    const ofWork = (profile: StackProfile) =>
      shareOf(profile, 'countDuplicates')!.selfRatio / shareOf(profile, 'work')!.totalRatio
    const share = ofWork(ours)
    // V8 samples by the clock: where the process waits for a core, samples are lost, more of them at our longer interval.
    expect(Math.abs(share - ofWork(nodes))).toBeLessThan(0.05 + waited)
    expect(Math.abs(share - 0.4)).toBeLessThan(0.1 + waited)
  })

  it('is named with the same share by go tool pprof', async ({ skip }) => {
    if (!go) return skip(withoutGo)
    const lines = await openWithPprof(own, folder)
    const hotspot = lines.find(({ name }) => name === 'countDuplicates')!
    const { selfRatio, totalRatio } = shareOf(own, 'countDuplicates')!
    // pprof prints four digits.
    expect(hotspot.own).toBeCloseTo(selfRatio * 100, 1)
    expect(hotspot.total).toBeCloseTo(totalRatio * 100, 1)
    expect(lines.slice(0, 3)).toContain(hotspot)
  })

  it('is exported as a file that fits the schema of speedscope', async ({ skip }) => {
    const schema = await loadSpeedscopeSchema()
    if (!schema) return skip('the schema of speedscope could not be installed')
    const file = toSpeedscope(own, 'hotspot')
    expect(schema.safeParse(JSON.parse(JSON.stringify(file))).error).toBeUndefined()
    expect(schema.safeParse({ ...file, profiles: [{ ...file.profiles[0], unit: 'parsecs' }] }).success).toBe(false)
  })
})

describe('a profile of this process', () => {
  it('names what allocates, and go tool pprof names it too', async ({ skip }) => {
    let isDone = false
    const profile = profileProcess({ kind: 'heap', durationMs: 300 }).finally(() => {
      isDone = true
    })
    while (!isDone) {
      allocateMuch()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { unit, ...taken } = await profile
    expect(unit).toBe('bytes')
    const { totalRatio } = shareOf({ unit, ...taken }, 'allocateMuch')!
    expect(totalRatio).toBeGreaterThan(0.5)
    if (!go) return skip(withoutGo)
    const lines = await openWithPprof({ unit, ...taken }, temporaryFolder())
    expect(lines.find(({ name }) => name === 'allocateMuch')!.total).toBeCloseTo(totalRatio * 100, 1)
  })

  it('is refused while another is taken, and possible again afterwards, also after one that was ended early', async () => {
    const stop = new AbortController()
    const first = profileProcess({ kind: 'cpu', durationMs: 60_000, signal: stop.signal })
    await expect(profileProcess({ kind: 'heap', durationMs: 100 })).rejects.toMatchObject({ code: 'profile-busy' })
    stop.abort()
    await expect(first).rejects.toThrow()
    expect(await profileProcess({ kind: 'cpu', durationMs: 100 })).toMatchObject({ unit: 'microseconds' })
  })
})

let kept: unknown
function allocateMuch(): void {
  kept = Array.from({ length: 20_000 }, (_, index) => ({ index, text: `item ${index}` }))
  if (kept === undefined) throw new Error('never')
}
