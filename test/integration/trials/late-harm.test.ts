import { afterAll, beforeAll, expect, test } from 'vitest'
import { listResults } from '../../../src/store/results.ts'
import { findTrial, updateTrial } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { pastOf, settled, tryChange, violations } from '../../support/trials.ts'

/** A fleet of its own: whatever else gets slower in it would be evidence that the change is not to blame. */
let system: System
beforeAll(async () => {
  system = await System.start({ maxSamples: 200, watchMs: 3_600_000 })
  system.startWorker()
  await system.startAgent('idle', 1, { unitsASecond: 0 })
})
afterAll(() => system?.stop())

test('a kept change that does harm later is found by a following cycle, rolled back, and no longer counts as proven', async () => {
  const instances = await system.startAgent('souring', 2)
  await pastOf(instances)
  const { result: ended, trialId } = await tryChange(system, 'souring', { route: 'shortcut' })
  const { verdict, reason } = await ended()
  expect(verdict, reason).toBe('keep')
  const cycle = () => system.client.runCycle({ target: 'idle' })
  await cycle()
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'kept' })

  await Promise.all(instances.map((instance) => instance.jam()))
  await pastOf(instances)
  await eventually('a cycle to find it', async () => {
    // As if half of the watch were over: a look at less of it would prove nothing yet.
    await updateTrial(system.db, trialId, { watchedUntil: new Date(Date.now() - 1_800_000) })
    await cycle()
    const trial = await findTrial(system.db, trialId)
    if (trial?.state !== 'kept') return true
    throw new Error(JSON.stringify(trial))
  })
  const record = await settled(system, trialId, instances)
  expect(record.issues).toEqual([expect.stringMatching(/^late harm, \d+ min after it was kept: response time is worse/)])
  for (const instance of instances) expect((await instance.configuration()).values).toEqual(defaults)
  expect(await violations(system, trialId, instances)).toEqual([])
  const [result] = await listResults(system.db, { agentId: 'souring' })
  expect(result).toMatchObject({
    verdict: 'keep',
    undone: { harmful: true, reason: expect.stringContaining('late harm') },
    issues: [expect.stringContaining('late harm')],
  })
})
