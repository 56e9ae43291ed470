import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KnobValues } from '../../../src/agent/index.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { findLock } from '../../../src/store/locks.ts'
import { findTrial } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { startRestartingFleet } from '../../support/restarting-instance.ts'
import { System } from '../../support/system.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { inState, knownInstances, pastOf, settled, tryChange, violations } from '../../support/trials.ts'

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

test('the worker is killed: what is observed and what restarts continues on the next one, and ends with the old or the new version everywhere', async ({
  onTestFinished,
}) => {
  const [{ end }, restart] = await Promise.all([
    observedTrial('orphaned', 3, { route: 'shortcut' }),
    restartUnderWay('restarting', onTestFinished),
  ])
  await system.killWorkers()
  restart.goOn()
  system.startWorker()
  const { verdict, reason } = await end()
  expect(verdict, reason).toBe('keep')
  const restarted = await restart.result()
  expect(restarted.verdict, restarted.reason).toBe('keep')
  expect(restart.fleet.map(({ values, starts }) => ({ values, starts }))).toEqual(
    Array(3).fill({ values: { pauseMs: 2 }, starts: 2 }),
  )
  expect(restart.restarting.most).toBe(1)
  expect(await findLock(system.db, 'restarting')).toBeUndefined()
})

/** Starts a trial that restarts instances; resolves while the first one is down, and stays so until it may go on. */
async function restartUnderWay(agentId: string, onTestFinished: (end: () => Promise<void>) => void) {
  const [down, mayStart] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const whileDown = async () => {
    down.resolve()
    await mayStart.promise
  }
  const started = await startRestartingFleet({ agentId, optimizer: system.apiUrl, whileDown }, 3, onTestFinished)
  await knownInstances(system, agentId, 3)
  const { trialId, result } = await tryChange(system, agentId, { pauseMs: 2 })
  await down.promise
  expect(await findTrial(system.db, trialId)).toMatchObject({ state: 'applying' })
  return { ...started, result, goOn: mayStart.resolve }
}
