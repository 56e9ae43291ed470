import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KnobValues } from '../../../src/agent/index.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { inState, pastOf, settled, tryChange, violations } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  system = await System.start({ maxSamples: 300 })
  system.startWorker()
})
afterAll(() => system?.stop())

/** Starts a trial and waits until it is observed; tells who is who. */
async function observedTrial(agentId: string, instances: number, values: KnobValues) {
  const all = await system.startAgent(agentId, instances)
  await pastOf(all)
  const { trialId, result } = await tryChange(system, agentId, values)
  const { candidateInstances } = await inState(system, trialId, ['observing'])
  const candidate = all.find((instance) => candidateInstances.includes(instance.id))!
  const end = async () => {
    await settled(system, trialId, all)
    expect(await violations(system, trialId, all)).toEqual([])
    return await result()
  }
  return { all, candidate, trialId, end }
}

describe.concurrent('in the middle of a trial', () => {
  test('a candidate that is killed and restarted rejoins its arm, and ends like all others', async () => {
    const { candidate, end } = await observedTrial('restarted', 1, { padding: 1 })
    await candidate.kill()
    await candidate.launch()
    await eventually('it to rejoin its arm', async () => (await candidate.configuration()).values.padding === 1 || undefined)
    expect((await candidate.configuration()).values).toEqual({ ...defaults, padding: 1 })
    expect(await end()).toMatchObject({ verdict: 'undecided' })
  })

  test('a candidate that is killed and returns only after the trial starts with the previous version', async () => {
    const { candidate, trialId, end } = await observedTrial('absent', 2, { padding: 2 })
    await candidate.kill()
    await inState(system, trialId, ['restoring'])
    await candidate.launch()
    expect((await candidate.configuration()).values).toEqual(defaults)
    await end()
  })

  test('an instance that joins runs with the proven values, and ends like all others', async () => {
    const { all, end } = await observedTrial('joined', 2, { rounds: 1 })
    const late = await system.startInstance('joined', 'joined-3')
    expect([defaults, { ...defaults, rounds: 1 }]).toContainEqual((await late.configuration()).values)
    all.push(late)
    await end()
  })

  test('a candidate that hangs for some seconds is rolled back once it continues', async () => {
    const { candidate, trialId, end } = await observedTrial('hanging', 2, { padding: 3 })
    candidate.pause()
    await inState(system, trialId, ['restoring'])
    candidate.resume()
    expect(await end()).not.toMatchObject({ verdict: 'keep' })
  })

  test('a trial waits for an instance whose heartbeat is late, and without it starts with the past as its control', async () => {
    const [live, late] = await system.startAgent('waiting', 2)
    await pastOf([live!, late!])
    late!.pause()
    await eventually('one of them to be silent', async () => {
      const { silent } = await classifyInstances(system.db, 'waiting')
      return silent.length === 1 || undefined
    })
    const { trialId, handle } = await tryChange(system, 'waiting', { padding: 1 })
    expect(await inState(system, trialId, ['observing'])).toMatchObject({ design: 'before-after' })
    // The history tells why earlier attempts failed only once the activity has ended, which is after the trial is observed.
    await eventually('the history to tell that the trial waited', async () => {
      const { events } = await handle.fetchHistory()
      const failures = events?.map((event) => event.activityTaskStartedEventAttributes?.lastFailure?.message)
      return failures?.some((message) => message?.includes('waiting-2 of waiting is silent')) || undefined
    })
    late!.resume()
    await settled(system, trialId, [live!, late!])
  })
})

test('the worker is killed: the trial continues on the next one, and ends with the old or the new version on every instance', async () => {
  const { end } = await observedTrial('orphaned', 3, { route: 'shortcut' })
  await system.killWorkers()
  system.startWorker()
  const { verdict, reason } = await end()
  expect(verdict, reason).toBe('keep')
})
