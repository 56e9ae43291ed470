import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectAgent } from '../../../src/agent/index.ts'
import { assignArms } from '../../../src/analysis/trials/arm-assignment.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { listConfigurations } from '../../../src/store/configurations.ts'
import { listResults } from '../../../src/store/results.ts'
import { findTrial } from '../../../src/store/trials.ts'
import { startTrial } from '../../../src/temporal/starters.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import { defaults, knobs } from '../../support/tiny-fleet/knobs.ts'
import { allHeard, edit, inState, pastOf, settled, tryChange, untilHeard, violations } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  system = await System.start()
  system.startWorker()
})
afterAll(() => system?.stop())

const valuesOf = async (instances: Awaited<ReturnType<System['startAgent']>>) =>
  await Promise.all(instances.map(async (instance) => (await instance.configuration()).values))

describe.concurrent('a change on trial', () => {
  test('is kept on every instance if it helps, and can be rolled back by one command later', async () => {
    const instances = await system.startAgent('helpful', 2)
    const { result, trialId } = await tryChange(system, 'helpful', { rounds: 1 })
    expect(await result()).toMatchObject({ verdict: 'keep', improvement: expect.any(Number) })
    expect(await valuesOf(instances)).toEqual(Array(2).fill({ ...defaults, rounds: 1 }))
    expect(await violations(system, trialId, instances)).toEqual([])

    await (await system.client.rollBack(trialId)).result()
    expect(await valuesOf(instances)).toEqual(Array(2).fill(defaults))
    expect(await violations(system, trialId, instances)).toEqual([])
    expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'restored' })
  })

  test('is rolled back if it does harm: every instance has exactly the previous values, and the record says so', async () => {
    const instances = await system.startAgent('harmful', 3)
    const { result, trialId } = await tryChange(system, 'harmful', { rounds: 64 })
    expect(await result()).toMatchObject({ verdict: 'roll-back', reason: expect.stringMatching(/response time is worse$/) })
    expect(await valuesOf(instances)).toEqual(Array(3).fill(defaults))
    expect(await violations(system, trialId, instances)).toEqual([])
    expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'restored', judgement: { decision: 'roll-back' } })
    expect(await listResults(system.db, { agentId: 'harmful' })).toMatchObject([{ verdict: 'roll-back', success: false }])
  })

  test('goes to half of three instances before all, and is rolled back everywhere if it harms the added one', async () => {
    const instances = await system.startAgent('widened', 3)
    await pastOf(instances)
    const ids = instances.map(({ id }) => id)
    const { control } = assignArms(ids, 'opt_0_widened')
    const sameArms = Array.from({ length: 50 }, (_, number) => `opt_${number}_widened`).filter(
      (id) => assignArms(ids, id).control.join() === control.join(),
    )
    // Harmless while they take the usual route.
    await Promise.all(instances.filter(({ id }) => control.includes(id)).map((instance) => instance.jam()))
    const { temporal, config } = system.client
    const tryAs = async (trialId: string) => {
      await allHeard(system, instances)
      const input = { strategyId: trialId, agentId: 'widened', values: { route: 'shortcut' }, requestedBy: 'a test' }
      const { result } = await untilHeard(system, 'widened', async () => {
        const handle = await startTrial({ temporal, taskQueue: config.taskQueue }, input)
        return { trialId, handle, result: () => handle.result() }
      })
      const { verdict, reason } = await result()
      // On a busy machine, an instance may be silent for a moment; half of two instances have the change already.
      const isWidened = verdict !== 'keep' || (await findTrial(system.db, trialId))!.widenedInstances !== null
      if (!isWidened) await (await system.client.rollBack(trialId)).result()
      return isWidened ? { trialId, verdict, reason } : undefined
    }
    const attempts = sameArms.values()
    const { trialId, verdict, reason } = await eventually('a trial that is widened', async () => tryAs(attempts.next().value!))
    expect(verdict, reason).toBe('roll-back')
    expect(reason).toMatch(/^on half of the instances: /)
    expect(await findTrial(system.db, trialId)).toMatchObject({
      state: 'restored',
      controlInstances: control,
      widenedInstances: [control[0]],
    })
    expect(await valuesOf(instances)).toEqual(Array(3).fill(defaults))
    expect(await violations(system, trialId, instances)).toEqual([])
  })

  test('is rolled back if it makes executions fail', async () => {
    const instances = await system.startAgent('failing', 2)
    const { result, trialId } = await tryChange(system, 'failing', { deadlineMs: 0 })
    expect(await result()).toMatchObject({ verdict: 'roll-back', reason: 'success rate is worse' })
    expect(await violations(system, trialId, instances)).toEqual([])
  })

  test('ends undecided and is rolled back if it has no effect, also with a single instance', async () => {
    const instances = await system.startAgent('indifferent', 1)
    const { result, trialId } = await tryChange(system, 'indifferent', { padding: 7 })
    expect(await result()).toMatchObject({ verdict: 'undecided' })
    expect(await valuesOf(instances)).toEqual([defaults])
    expect(await violations(system, trialId, instances)).toEqual([])
    expect(await findTrial(system.db, trialId)).toMatchObject({ design: 'before-after' })
  })

  test('is never kept on reports that are not numbers: those of the candidate are ignored', async () => {
    const instances = await system.startAgent('unmeasured', 2)
    const { result, trialId } = await tryChange(system, 'unmeasured', { meter: 'broken', rounds: 1 })
    expect((await result()).verdict).not.toBe('keep')
    expect((await findTrial(system.db, trialId))?.judgement?.samples.candidate).toBe(0)
    expect(await valuesOf(instances)).toEqual([defaults, defaults])
    expect(await violations(system, trialId, instances)).toEqual([])
  })

  test('is judged as usual even if the clocks of its instances are an hour off', async () => {
    const [ahead, behind] = [3_600_000, -3_600_000].map((clockAheadMs) => ({ clockAheadMs }))
    const instances = [
      await system.startInstance('untimely', 'untimely-1', ahead),
      await system.startInstance('untimely', 'untimely-2', behind),
    ]
    await pastOf(instances)
    const { result, trialId } = await tryChange(system, 'untimely', { route: 'detour' })
    const { verdict, reason } = await result()
    expect(verdict, reason).toBe('roll-back')
    expect(await violations(system, trialId, instances)).toEqual([])
  })

  test('ends when a person edits the agent: the edit stays, and only the trial’s remaining changes are rolled back', async () => {
    const instances = await system.startAgent('edited', 2, { unitsASecond: 0 })
    const { trialId, result } = await tryChange(system, 'edited', { padding: 9, rounds: 9 })
    await inState(system, trialId, ['observing'])
    await edit(system, 'edited', { rounds: 4 })
    expect(await result()).toMatchObject({
      verdict: 'undecided',
      reason: expect.stringContaining('someone else has changed edited'),
    })
    const record = await settled(system, trialId, instances)
    expect(await valuesOf(instances)).toEqual(Array(2).fill({ ...defaults, rounds: 4 }))
    const versions = await listConfigurations(system.db, 'edited')
    // The edit holds what the rollback would write.
    expect(versions.map(({ origin }) => origin)).toEqual(['operator', 'trial', 'default'])
    expect(record.issues).toEqual([
      'someone else has since changed rounds, so it stays as it is',
      expect.stringContaining('Rolled back: someone else has changed edited in the meantime'),
    ])
  })

  test('is refused in one sentence if a value is out of bounds, the agent unknown, or nothing would change', async () => {
    await system.startAgent('refusing', 1)
    const failure = async (agentId: string, values: Record<string, number>) =>
      await tryChange(system, agentId, values).catch((error) => error.message)
    expect(await failure('refusing', { rounds: 65 })).toMatch(/refusing: rounds must be from 1 to 64, not 65\.$/)
    expect(await failure('refusing', { speed: 1 })).toBe('refusing: there is no knob speed.')
    expect(await failure('nobody', { rounds: 1 })).toMatch(/^There is no agent nobody; /)
    expect(await failure('refusing', { rounds: 8 })).toBe('refusing already runs with these values.')
  })

  test('is refused while another trial is running on the agent', async () => {
    await system.startAgent('busy', 2, { unitsASecond: 0 })
    const first = await tryChange(system, 'busy', { padding: 1 })
    await inState(system, first.trialId, ['observing'])
    const second = await (await tryChange(system, 'busy', { padding: 2 })).result()
    expect(second).toMatchObject({ verdict: 'not-started', reason: expect.stringContaining('is running on busy') })
    await (await system.client.rollBack(first.trialId)).result()
  })
})

test.concurrent('an agent that cannot apply a version refuses it with a reason, and keeps the old one', async () => {
  const agent = await connectAgent({
    agentId: 'unwilling',
    kind: 'tiny',
    instanceId: 'unwilling-1',
    knobs,
    optimizer: system.natsUrl,
    apply() {
      throw new Error('no memory')
    },
  })
  await eventually(
    'the agent to be known',
    async () => (await listAgentInstances(system.db, 'unwilling')).length > 0 || undefined,
  )
  const { result } = await tryChange(system, 'unwilling', { rounds: 2 })
  expect(await result()).toMatchObject({ verdict: 'roll-back', reason: expect.stringContaining('no memory') })
  expect(agent.values).toEqual(defaults)
  await agent.close(0)
})
