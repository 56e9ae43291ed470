import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toStrategyRef } from '../../../src/activities/strategy-ref.ts'
import { poolStrategies } from '../../../src/analysis/planning/pooling.ts'
import { isSameConfiguration } from '../../../src/model/knob.ts'
import { loadTrialExplanation } from '../../../src/reading/explain-trial.ts'
import { recordAnomalies } from '../../../src/store/anomalies.ts'
import { findLock } from '../../../src/store/locks.ts'
import { findResult } from '../../../src/store/results.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, listTrialSamples, updateTrial } from '../../../src/store/trials.ts'
import { anomaly } from '../../support/anomalies.ts'
import { eventually } from '../../support/eventually.ts'
import { writeLimits } from '../../support/limits.ts'
import { strategyFor } from '../../support/store.ts'
import { System } from '../../support/system.ts'
import type { TinyInstance } from '../../support/tiny-fleet/instance.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { allHeard, inState, pastOf, settled, tryChange, violations } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  // No trial fits into a cycle of these times, so each is one of days, on a fast clock. On a busy machine too, a block that lasts four
  // times as long as the shortest one has enough samples, and a gain is proven in spite of its noise.
  const quick = { lookEveryMs: 20, shortestBlockMs: 500, maxSamples: 120 }
  system = await System.start({ observeMs: 1, longestHours: 1, duringFreeze: 'suspend', ...quick })
  system.startWorker()
})
afterAll(() => system?.stop())

test('a trial outside a cycle survives the death of the worker and a freeze window, in which the old values are in force', async () => {
  const instances = await system.startAgent('rare', 3, { unitsASecond: 15 })
  await pastOf(instances, 60)
  const { trialId, result } = await tryChange(system, 'rare', { rounds: 1 })
  const { observeMs, candidateInstances } = await inState(system, trialId, ['observing'])
  expect(observeMs).toBe(3_600_000)
  writeLimits(system, { freeze: [{ begins: new Date(Date.now() - 3_600_000).toISOString().slice(0, 16), hours: 3 }] })
  const [candidate] = instances.filter(({ id }) => candidateInstances.includes(id))
  await eventually('the old values to be in force again', async () => {
    const { suspensions } = (await findTrial(system.db, trialId))!
    const isBack = isSameConfiguration((await candidate!.configuration()).values, defaults)
    return (suspensions.length === 1 && isBack) || undefined
  })
  expect(await findLock(system.db, 'rare')).toMatchObject({ trialId })

  await system.killWorkers()
  writeLimits(system, null)
  system.startWorker()
  const { suspensions } = await eventually('the change to be in force again', async () => {
    const trial = (await findTrial(system.db, trialId))!
    return trial.suspensions[0]?.to ? trial : undefined
  })
  expect(suspensions).toHaveLength(1)
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(await settled(system, trialId, instances)).toMatchObject({ state: 'kept', progress: null })
  // The change, the old values for the window, and the change again.
  expect(await violations(system, trialId, instances)).toEqual(['it wrote 3 versions'])
})

test('a person may keep a suspended change, which then comes into force on every instance', async () => {
  const instances = await system.startAgent('kept', 3, { unitsASecond: 15 })
  await pastOf(instances, 60)
  const { trialId } = await tryChange(system, 'kept', { rounds: 1 })
  await inState(system, trialId, ['observing'])
  writeLimits(system, { freeze: [{ begins: new Date(Date.now() - 3_600_000).toISOString().slice(0, 16), hours: 3 }] })
  await eventually('the trial to be suspended', async () => (await findTrial(system.db, trialId))!.suspensions[0])
  expect(await (await system.client.keep(trialId, 'ada', 'a test')).result()).toMatchObject({ kept: true, silent: [] })
  await settled(system, trialId, instances)
  for (const instance of instances) expect((await instance.configuration()).values).toEqual({ ...defaults, rounds: 1 })
  expect((await findTrial(system.db, trialId))!.suspensions).toEqual([{ from: expect.any(Number), to: expect.any(Number) }])
})

test('a trial whose instances have been gone for half an hour ends undecided, and says so', async () => {
  writeLimits(system, null)
  const instances = await system.startAgent('scaled', 3, { unitsASecond: 15 })
  await pastOf(instances, 60)
  const { trialId, result } = await tryChange(system, 'scaled', { padding: 1 })
  await inState(system, trialId, ['observing'])
  await Promise.all(instances.map((instance) => instance.terminate()))
  const progress = await eventually('the absence to be noticed', async () => {
    const trial = (await findTrial(system.db, trialId))!
    return trial.progress?.goneSince === undefined ? undefined : trial.progress
  })
  await eventually('the trial to end after half an hour', async () => {
    const trial = (await findTrial(system.db, trialId))!
    if (trial.endedAt) return true
    // A look that is under way may overwrite it.
    await updateTrial(system.db, trialId, { progress: { ...progress, goneSince: Date.now() - 1_800_000 } })
  })
  const reason = expect.stringContaining('the instances to compare with have been gone since')
  expect(await result()).toMatchObject({ verdict: 'undecided', reason })
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'restored' })
  expect(await findLock(system.db, 'scaled')).toBeUndefined()
})

test('a single instance alternates between the change and the previous values, through the death of the worker too', async () => {
  const instances = await system.startAgent('alone', 1, { unitsASecond: 30 })
  await pastOf(instances, 60)
  const { trialId, result } = await tryChange(system, 'alone', { rounds: 1 })
  const blocksOf = async () => (await findTrial(system.db, trialId))!.blocks
  await eventually('some blocks', async () => (await blocksOf()).length >= 4 || undefined)
  await system.killWorkers()
  system.startWorker()
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  const trial = await settled(system, trialId, instances)
  expect(trial).toMatchObject({ state: 'kept', design: 'switchback', controlInstances: [] })
  const { samples } = trial.judgement!
  expect(Math.min(samples.control, samples.candidate)).toBeGreaterThanOrEqual(30)
  for (const [index, { arm, from }] of trial.blocks.entries()) {
    if (index % 2 === 1) expect(arm).not.toBe(trial.blocks[index - 1]!.arm)
    if (index > 0) expect(from).toBeGreaterThanOrEqual(trial.blocks[index - 1]!.to!)
  }
  expect((await instances[0]!.configuration()).values).toEqual({ ...defaults, rounds: 1 })
  expect(await violations(system, trialId, instances)).toEqual([expect.stringMatching(/^it wrote \d+ versions$/)])
})

test('a trial waits for the end of an anomaly that hits both arms, and says so', async () => {
  const instances = await system.startAgent('disturbed', 3, { unitsASecond: 45 })
  await pastOf(instances, 60)
  const { trialId, result } = await tryChange(system, 'disturbed', { padding: 1 })
  await inState(system, trialId, ['observing'])
  const setSlowness = (factor: number) => Promise.all(instances.map((instance) => instance.slowDown(factor)))
  const since = Date.now()
  await setSlowness(4)
  const slow = anomaly({ component: 'disturbed', since, before: 100, value: 400 })
  await recordAnomalies(system.db, { open: [slow], ended: [] })
  const noticed = async () =>
    (await findTrial(system.db, trialId))!.judgement?.reason.includes('an anomaly in responseTime hit both arms since') ||
    undefined
  await eventually('the anomaly to be noticed', noticed)
  // As much work as would end the trial if it counted.
  await pastOf(instances, 60)
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'observing' })

  await setSlowness(1)
  await recordAnomalies(system.db, { open: [], ended: [{ ...slow, endedAt: Date.now() }] })
  expect((await result()).reason).toContain('an anomaly in responseTime hit both arms from')
  const { issues } = await settled(system, trialId, instances)
  expect(issues).toContainEqual(expect.stringContaining('observations from that time do not count'))
})

describe('trials of one change on agents that are alike', () => {
  let pooled: { agentId: string; trialId: string; instances: TinyInstance[] }[]

  /** Starts the trials of one change on all of these agents, as a cycle does. */
  async function startPool(name: string, change: { knob: string; from: number; to: number }, unitsASecond = 15) {
    const { db, client } = system
    const agentIds = [`${name}-a`, `${name}-b`]
    const started = await Promise.all(agentIds.map((agentId) => system.startAgent(agentId, 3, { unitsASecond })))
    await Promise.all(started.map((instances) => pastOf(instances, 2 * unitsASecond)))
    await Promise.all(started.map((instances) => allHeard(system, instances)))
    const strategies = poolStrategies(
      agentIds.map((agentId) => {
        const strategy = strategyFor(agentId, `opt_1_${agentId}`)
        return { ...strategy, actions: [{ ...strategy.actions[0]!, ...change }] }
      }),
    )
    await insertStrategies(db, null, strategies)
    for (const strategy of strategies)
      await client.temporal.workflow.start('trial', {
        taskQueue: client.config.taskQueue,
        workflowId: `trial-${strategy.id}`,
        args: [{ strategyId: strategy.id, strategy: toStrategyRef(strategy) }],
      })
    pooled = agentIds.map((agentId, index) => ({ agentId, trialId: `opt_1_${agentId}`, instances: started[index]! }))
  }

  test('are proven by their common evidence and kept on each', async () => {
    await startPool('proven', { knob: 'rounds', from: 8, to: 1 })
    for (const { trialId, instances } of pooled) {
      const trial = await settled(system, trialId, instances)
      expect(trial, trial.judgement?.reason).toMatchObject({ state: 'kept', poolId: 'opt_1_proven-a' })
      expect(await violations(system, trialId, instances)).toEqual([])
    }
    const [first] = pooled
    const { judgement, candidateInstances } = (await findTrial(system.db, first!.trialId))!
    const own = (await listTrialSamples(system.db, first!.trialId)).filter(({ arm }) => arm === 'candidate')
    expect(candidateInstances).toHaveLength(1)
    expect(judgement!.samples.candidate).toBeGreaterThan(
      own.filter(({ instanceId }) => candidateInstances.includes(instanceId)).length,
    )
    expect(JSON.stringify(await loadTrialExplanation(system.db, first!.trialId))).toContain('judged together with proven-b')
  })

  test('end together if a person rolls back one of them', async () => {
    // Slow enough to be undecided still when the person decides.
    await startPool('stopped', { knob: 'deadlineMs', from: 10_000, to: 9_000 }, 4)
    for (const { trialId } of pooled) await inState(system, trialId, ['observing'])
    await (await system.client.rollBack(pooled[0]!.trialId, 'ada', 'a complaint')).result()
    for (const { trialId, instances } of pooled) {
      expect(await settled(system, trialId, instances)).toMatchObject({ state: 'restored' })
      expect(await violations(system, trialId, instances)).toEqual([])
    }
    const second = await eventually('the other result', async () => await findResult(system.db, pooled[1]!.trialId))
    expect(second).toMatchObject({ endedBy: 'person', reason: expect.stringContaining('stopped-a') })
  })
})
