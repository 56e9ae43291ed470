import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KnobValues } from '../../../src/model/knob.ts'
import { explain } from '../../../src/reading/explain.ts'
import { getCurrentConfiguration } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { findTrial } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { HandmadeInstance } from '../../support/handmade-instance.ts'
import { System } from '../../support/system.ts'
import { defaults, knobs } from '../../support/tiny-fleet/knobs.ts'
import { converged, inState, tryChange } from '../../support/trials.ts'

let system: System
const handmade: HandmadeInstance[] = []
beforeAll(async () => {
  system = await System.start({ acknowledgeMs: 3_000 })
  system.startWorker()
})
afterAll(async () => {
  for (const instance of handmade) instance.stop()
  await system?.stop()
})

const never = { unitsASecond: 0 }
const set = async (agentId: string, to: KnobValues) => await (await system.client.restore({ agentId, to, by: 'ada' })).result()

async function startHandmade(agentId: string, id: string): Promise<HandmadeInstance> {
  const instance = await HandmadeInstance.start(system.apiUrl, agentId, id, knobs)
  handmade.push(instance)
  return instance
}

describe.concurrent('a version', () => {
  test('is for each release what it declares, and no release loses what a person set', async () => {
    const old = { ...never, undeclared: ['padding'] }
    const older = await system.startInstance('rolling', 'rolling-1', old)
    const newer = await system.startInstance('rolling', 'rolling-2', never)
    const reason = 'rolling runs 2 releases with different knobs; padding is declared by 1 of 2 instances'
    expect(await set('rolling', { padding: 16, rounds: 4 })).toEqual({ outcome: 'done', issues: [reason] })
    const { padding: _, ...others } = { ...defaults, rounds: 4 }
    const late = await system.startInstance('rolling', 'rolling-3', old)
    const { version, values } = await getCurrentConfiguration(system.db, 'rolling')
    expect(values).toEqual({ ...others, padding: 16 })
    expect(await newer.configuration()).toMatchObject({ version, values })
    for (const instance of [older, late]) expect(await instance.configuration()).toMatchObject({ version, values: others })
    const refused = await (await tryChange(system, 'rolling', { padding: 3 })).result()
    expect(refused).toMatchObject({ verdict: 'not-started', reason: expect.stringContaining('padding is declared by 1 of 3') })
    const explanation = await explain(system.client, 'rolling')
    expect(explanation.restrictions).toContainEqual(expect.objectContaining({ code: 'mixed-versions', knob: 'padding' }))

    const { trialId, result } = await tryChange(system, 'rolling', { rounds: 3 })
    await inState(system, trialId, ['observing'])
    await system.client.rollBack(trialId)
    await result()
    await converged(system, 'rolling', [older, newer, late])
    expect(await newer.configuration()).toMatchObject({ values: { padding: 16, rounds: 4 } })
  })

  test('that an instance does not keep to is no control, and an alert says which values differ until it converges', async () => {
    const pair = await Promise.all(['drifter-1', 'drifter-2'].map((id) => startHandmade('drifter', id)))
    const alertOf = async () => (await listOpenAlerts(system.db)).find(({ component }) => component.startsWith('drifter/'))
    const { trialId, result } = await tryChange(system, 'drifter', { padding: 9 })
    const { controlInstances } = await inState(system, trialId, ['observing'])
    const control = pair.find(({ id }) => controlInstances.includes(id))!
    control.override = { rounds: 1 }
    expect(await result()).toMatchObject({
      verdict: 'undecided',
      reason: expect.stringContaining(
        `every control instance has drifted from its version: ${control.id} has rounds 1 instead of 8`,
      ),
    })
    expect(control.told).toBe(1)
    expect((await alertOf())!.message).toMatch(`${control.id} was asked to apply version`)
    await eventually('the trial to be put back', async () => (await findTrial(system.db, trialId))?.endedAt ?? undefined)

    const next = await tryChange(system, 'drifter', { padding: 9 })
    expect(await inState(system, next.trialId, ['observing'])).toMatchObject({ design: 'before-after', controlInstances: [] })
    const answer = await set('drifter', { padding: 5 })
    expect(answer).toMatchObject({ outcome: 'incomplete', issues: [expect.stringMatching(/runs with rounds 1 instead of 8/)] })
    await next.result()
    control.override = {}
    await eventually('the alert to end', async () => ((await alertOf()) ? undefined : true))
    expect(await set('drifter', { padding: 6 })).toEqual({ outcome: 'done', issues: [] })
  })

  test('that another person has superseded is not said to be verified', async () => {
    const [first, second] = await system.startAgent('contested', 2, never)
    first!.pause()
    const alice = await system.client.restore({ agentId: 'contested', to: { padding: 1, rounds: 4 }, by: 'alice' })
    await eventually('the version of alice', async () =>
      (await getCurrentConfiguration(system.db, 'contested')).version === 2 ? true : undefined,
    )
    const bob = await system.client.restore({ agentId: 'contested', to: { padding: 2, rounds: 5 }, by: 'bob' })
    expect(await alice.result()).toEqual({
      outcome: 'superseded',
      issues: [
        'padding is superseded by version 3 (bob set padding, rounds)',
        'rounds is superseded by version 3 (bob set padding, rounds)',
      ],
    })
    first!.resume()
    expect(await bob.result()).toEqual({ outcome: 'done', issues: [] })
    for (const instance of [first!, second!])
      expect(await instance.configuration()).toMatchObject({ version: 3, values: { padding: 2, rounds: 5 } })
  })
})
