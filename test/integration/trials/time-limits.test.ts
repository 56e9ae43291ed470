import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectAgent } from '../../../src/agent/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import { defaults, knobs } from '../../support/tiny-fleet/knobs.ts'
import { inState, tryChange, violations } from '../../support/trials.ts'

/** Little time for what these tests let run out. */
const limits = { observeMs: 1_000, acknowledgeMs: 1_000 }
const silence = 'did not confirm its configuration within 1000 ms'

let system: System
beforeAll(async () => {
  system = await System.start(limits)
  system.startWorker()
})
afterAll(() => system?.stop())

/** An agent in this process. */
async function connect(agentId: string, apply?: (values: KnobValues) => Promise<void>) {
  const identity = { agentId, kind: 'tiny', instanceId: `${agentId}-1`, knobs }
  const agent = await connectAgent({ ...identity, optimizer: system.natsUrl, apply })
  await eventually('the agent to be known', async () => (await listAgentInstances(system.db, agentId)).length > 0 || undefined)
  return agent
}

async function alertsOf(trialId: string) {
  return await system.db.selectFrom('alerts').where('trialId', '=', trialId).where('resolvedAt', 'is', null).selectAll().execute()
}

describe.concurrent('a trial', () => {
  test('ends undecided and is rolled back if the agent has no traffic', async () => {
    const instances = await system.startAgent('idle', 2, { unitsASecond: 0 })
    const { result, trialId } = await tryChange(system, 'idle', { rounds: 1 })
    expect(await result()).toMatchObject({ verdict: 'undecided', improvement: null, interval: null })
    await inState(system, trialId, ['restored'])
    for (const instance of instances) expect((await instance.configuration()).values).toEqual(defaults)
    expect(await violations(system, trialId, instances)).toEqual([])
  })

  test('on an agent that never acknowledges ends, raises an alert, and is rolled back as soon as the agent answers', async () => {
    const agent = await connect('mute', () => new Promise(() => {}))
    const { trialId, result } = await tryChange(system, 'mute', { rounds: 2 })
    await eventually('an alert', async () =>
      (await alertsOf(trialId)).find(({ message }) => message.includes(`mute-1 ${silence}`)),
    )
    await agent.close(0)
    const again = await connect('mute')
    expect(await result()).toMatchObject({ verdict: 'undecided', reason: expect.stringContaining(silence) })
    await inState(system, trialId, ['restored'])
    expect(again.values).toEqual(defaults)
    expect(await alertsOf(trialId)).toEqual([])
    await again.close(0)
  })
})
