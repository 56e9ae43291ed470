import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import { livenessTimeoutMs } from '../../../src/model/liveness.ts'
import { readStatus } from '../../../src/reading/status.ts'
import { getCurrentConfiguration, listAgentInstances } from '../../../src/store/agents.ts'
import { type Alert, listOpenAlerts, listTrialAlerts } from '../../../src/store/alerts.ts'
import { findApproval, listOpenApprovals } from '../../../src/store/approvals.ts'
import { listDriftingInstances } from '../../../src/store/drift.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { findLock } from '../../../src/store/locks.ts'
import { findTrial } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { Pod } from '../../support/pod.ts'
import { System } from '../../support/system.ts'
import { inState, tryChange } from '../../support/trials.ts'

let system: System
const pods = new Set<Pod>()
beforeAll(async () => {
  system = await System.start({ acknowledgeMs: 5_000 })
  system.startWorker()
})
afterAll(async () => {
  await Promise.all([...pods].map((pod) => pod.die()))
  await system?.stop()
})

async function startPod(agentId: string, instanceId: string): Promise<Pod> {
  const pod = await Pod.start(system.natsUrl, { agentId, instanceId })
  pods.add(pod)
  // An agent starts to work within a second, whether the optimizer has answered or not.
  const isKnown = async () => (await listAgentInstances(system.db, agentId)).some((one) => one.instanceId === instanceId)
  await eventually(`${instanceId} to be known`, async () => (await isKnown()) || undefined)
  return pod
}

const optimizer = async (...args: string[]) =>
  await promisify(execFile)(process.execPath, [fileURLToPath(new URL('../../../src/cli.ts', import.meta.url)), ...args], {
    env: { ...process.env, ...system.environment },
  })

/** As if the pod had died a minute earlier, and somebody had been heard since. */
async function passMinuteSince(pod: Pod): Promise<void> {
  const minute = sql<Date>`heartbeat_at - interval '61 seconds'`
  await system.db.updateTable('agentInstances').set({ heartbeatAt: minute }).where('instanceId', '=', pod.id).execute()
  const longAgo = new Date(Date.now() - 3_600_000)
  await system.db.updateTable('agentInstances').set({ heardSince: longAgo }).where('instanceId', '!=', pod.id).execute()
}

/** As if the pod had died just now: however slow the machine is, it has not been silent for a minute, after which it would be gone. */
async function keepSilent(pod: Pod): Promise<void> {
  const justDied = sql<Date>`now() - ${livenessTimeoutMs} * interval '1 millisecond'`
  await system.db.updateTable('agentInstances').set({ heartbeatAt: justDied }).where('instanceId', '=', pod.id).execute()
}

/** Twenty pods; those not named die and are replaced until the fleet is stopped. */
async function startChurningFleet(agentId: string, { onTestFinished }: TestContext) {
  const numbered = (number: number) => startPod(agentId, `${agentId}-${number}`)
  const fleet = new Set(await Promise.all(Array.from({ length: 20 }, (_, index) => numbered(index))))
  await eventually('every pod to be live and to run with its values', async () => {
    const { live } = await classifyInstances(system.db, agentId)
    const drifting = await listDriftingInstances(system.db, { agentId })
    return (live.length === fleet.size && drifting.length === 0) || undefined
  })
  let isOver = false
  let replaced = 0
  onTestFinished(async () => {
    isOver = true
    await Promise.all([...fleet].map((pod) => pod.stop()))
  })
  const spared = new Set<string>()
  const churn = async () => {
    while (!isOver) {
      const [mortal] = [...fleet].filter(({ id }) => !spared.has(id))
      fleet.delete(mortal!)
      await (replaced % 2 === 0 ? mortal!.die() : mortal!.stop())
      fleet.add(await numbered(20 + replaced++))
      await sleep(200)
    }
  }
  return { fleet, spare: (id: string) => spared.add(id), churn, replacedCount: () => replaced, end: () => (isOver = true) }
}

test.concurrent('a trial among pods that come and go is rolled back once those that had its version confirm or are gone', async (context) => {
  const { db } = system
  const { fleet, spare, churn, replacedCount, end } = await startChurningFleet('churning', context)
  const { trialId } = await tryChange(system, 'churning', { padding: 7 })
  const { candidateInstances } = await inState(system, trialId, ['observing'])
  expect(candidateInstances.length).toBeGreaterThanOrEqual(3)
  for (const id of candidateInstances) spare(id)
  const churning = churn()
  await eventually('pods to be replaced', async () => replacedCount() >= 4 || undefined)
  const [dying, leaving, ...staying] = [...fleet].filter(({ id }) => candidateInstances.includes(id)) as [Pod, Pod, ...Pod[]]
  await dying.die()
  await leaving.stop()
  await eventually(
    'the silence of one',
    async () => (await classifyInstances(db, 'churning')).silent.includes(dying.id) || undefined,
  )

  const rolledBack = (await system.client.rollBack(trialId, 'ada')).result()
  const isAlerted = ({ trialId: of, message }: Alert) => of === trialId && message.includes(`: ${dying.id} cannot be reached`)
  await eventually('an alert about it alone', async () => {
    await keepSilent(dying)
    const alerts = await listOpenAlerts(db)
    if (alerts.some(isAlerted)) return true
    throw new Error(`the trial is ${(await findTrial(db, trialId))?.state}, and the alerts are ${JSON.stringify(alerts)}`)
  })
  await passMinuteSince(dying)
  const { outcome, issues } = await rolledBack
  expect(outcome).toBe('done')
  expect(issues.filter((issue) => issue.includes('was gone'))).toHaveLength(1)
  expect(await findTrial(db, trialId)).toMatchObject({ state: 'restored' })
  expect(await findLock(db, 'churning')).toBeUndefined()
  expect(await listTrialAlerts(db, trialId)).toMatchObject([{ resolvedAt: expect.any(Date) }])
  expect(staying.map(({ agent }) => agent.values.padding)).toEqual(staying.map(() => 0))

  const replaced = replacedCount()
  await eventually('more pods to be replaced', async () => replacedCount() > replaced || undefined)
  end()
  await churning
  const { version } = await getCurrentConfiguration(db, 'churning')
  await eventually(
    'every pod to run with the same',
    async () =>
      [...fleet].every(({ id, agent }) => [dying.id, leaving.id].includes(id) || agent.configuration.version === version) ||
      undefined,
  )
})

// By itself: what it applies to every pod would count against the candidates of others.
test('a change that a person keeps goes to all pods while some of them die', async (context) => {
  const { fleet, churn, end } = await startChurningFleet('kept', context)
  const { trialId } = await tryChange(system, 'kept', { padding: 3 })
  await inState(system, trialId, ['observing'])
  const churning = churn()
  expect(await (await system.client.keep(trialId, 'ada')).result()).toMatchObject({ kept: true })
  end()
  await churning
  await eventually(
    'every pod to run with it',
    async () => [...fleet].every(({ agent }) => agent.values.padding === 3) || undefined,
  )
})

test.concurrent('an agent that is gone is left alone, can be forgotten, and comes back by itself', async () => {
  const { client, db } = system
  const pod = await startPod('risky', 'risky-1')
  for (let i = 0; i < 50; i++) pod.agent.reportExecution({ type: 'unit', durationMs: 3_000, success: true })
  await pod.agent.flush()
  await (await client.restore({ agentId: 'risky', to: { padding: 5 }, by: 'ada' })).result()
  // On a busy machine the only instance may be silent for a moment, and is then skipped.
  const seen = await eventually('a change that waits for approval', async () => {
    const { deferred } = await client.runCycle({ target: 'risky' })
    return deferred.length > 0 ? deferred : undefined
  })
  expect(seen).toEqual([expect.stringContaining('waiting for approval')])
  const { trialId } = (await eventually('a request for approval', async () =>
    (await listOpenApprovals(db)).find(({ agentId }) => agentId === 'risky'),
  ))!
  await expect(optimizer('forget', 'risky')).rejects.toMatchObject({
    stderr: 'risky is running (risky-1); stop it first, then forget it.\n',
  })

  await pod.stop()
  const { bottlenecks, deferred, skipped } = await client.runCycle({ target: 'risky' })
  expect({ bottlenecks, deferred }).toEqual({ bottlenecks: 0, deferred: [] })
  expect(skipped.filter((text) => text.includes('risky'))).toEqual([])
  expect(await client.temporal.workflow.getHandle(`trial-${trialId}`).result()).toMatchObject({
    verdict: 'not-started',
    reason: expect.stringContaining('no instance of risky has run since'),
  })
  expect(await findApproval(db, trialId)).toMatchObject({ state: 'withdrawn' })
  expect((await optimizer('status')).stdout).toMatch(/risky +│ gone since 20/)

  expect((await optimizer('forget', 'risky')).stdout).toBe('risky is forgotten; it comes back if it registers again.\n')
  expect((await readStatus(client)).agents.map(({ agentId }) => agentId)).not.toContain('risky')
  expect(await listAgentInstances(db, 'risky')).toEqual([])
  await expect(client.forget('risky', 'ada')).rejects.toMatchObject({ code: 'unknown-agent' })

  const back = await startPod('risky', 'risky-2')
  expect(back.agent.values).toEqual({ rounds: 8, padding: 5 })
  expect((await readStatus(client)).agents).toContainEqual(
    expect.objectContaining({ agentId: 'risky', live: 1, silentSince: null }),
  )
})
