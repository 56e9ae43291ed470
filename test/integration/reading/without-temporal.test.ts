import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createProgram } from '../../../src/commands/index.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { recordCycleEnd, recordCycleStart } from '../../../src/store/cycles.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined)
beforeAll(async () => {
  store = await createTestStore()
  await registerInstance(store.db, announcement('hunter', 'hunter-1'), Date.now())
  vi.stubEnv('DATABASE_URL', store.url)
  // Nothing listens there.
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await store?.drop()
})

/** The output of a command. */
async function run(...args: string[]): Promise<string> {
  printed.mockClear()
  await createProgram().parseAsync(['node', 'optimizer', ...args])
  return printed.mock.calls.flat().join('\n')
}

it.each([
  [['audit', '--json'], '"entries"'],
  [['report', '--json'], '"recommendations"'],
  [['report', '--learning', '--json'], '"worthTrying"'],
  [['metrics', '--json'], '"hunter"'],
  [['bottlenecks', '--json'], '"bottlenecks"'],
  [['trials', '--json'], '"running"'],
  [['status'], 'Temporal is unreachable'],
  [['explain', 'hunter'], 'Temporal is unreachable'],
  [['agents', '--json'], '"hunter"'],
  [['alerts', '--json'], '[]'],
  [['anomalies', '--json'], '[]'],
  [['cycles', '--json'], '"items"'],
  [['policy', '--json'], '"aggressiveness"'],
  [['objective', 'show', '--json'], '['],
  [['profile', 'list', '--json'], '"items"'],
  [['restore', 'hunter', '--json'], '"items"'],
  [['capacity', '--json'], '['],
])('%s answers while Temporal is away', async (args, content) => {
  expect(await run(...args)).toContain(content)
})

it('cycle --watch shows the latest cycle, or one by its id, until it has ended', async () => {
  await expect(run('cycle', '--watch')).rejects.toMatchObject({ code: 'unknown-cycle' })
  await recordCycleStart(store.db, { id: 'cycle-1', runId: 'run-1' })
  const shown = run('cycle', '--watch')
  const state = () => Promise.race([shown.then(() => 'ended'), new Promise((resolve) => setImmediate(() => resolve('running')))])
  expect(await state()).toBe('running')
  await recordCycleEnd(store.db, 'cycle-1', { state: 'completed', phases: {} })
  expect(await shown).toContain('Cycle cycle-1')
  expect(await run('cycle', '--watch', 'cycle-1')).toContain('Cycle cycle-1')
  await expect(run('cycle', '--watch', 'cycle-2')).rejects.toMatchObject({ code: 'unknown-cycle' })
})

it('metrics says how many agents there are beyond those it shows', async () => {
  await registerInstance(store.db, announcement('idler', 'idler-1'), Date.now())
  expect(await run('metrics', '--limit', '1')).toContain('1 of 2 agents')
  expect(await run('metrics')).not.toContain('of 2 agents')
})
