import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TrialOutcome } from '../../../src/contract/activities.ts'
import { buildApprovalLink } from '../../../src/messaging/approval-link.ts'
import { getCurrentConfiguration } from '../../../src/store/agents.ts'
import { findApproval, listOpenApprovals, type PendingApproval } from '../../../src/store/approvals.ts'
import { loadExperience } from '../../../src/store/experience.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { listResults } from '../../../src/store/results.ts'
import { eventually } from '../../support/eventually.ts'
import { writeLimits } from '../../support/limits.ts'
import { System } from '../../support/system.ts'
import { converged, edit, inState, tryChange, violations } from '../../support/trials.ts'

const secret = 'at-least-32-characters-for-the-links'
let system: System
beforeAll(async () => {
  system = await System.start({}, { approval: { slack: { url: 'http://127.0.0.1:9', publicUrl: 'http://127.0.0.1:9', secret } } })
  writeLimits(system, { neverTouch: [{ knob: 'rounds' }] })
  system.startWorker()
})
afterAll(() => system?.stop())

const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
const optimizer = async (...args: string[]) =>
  await promisify(execFile)(process.execPath, [program, ...args], {
    env: { ...process.env, ...system.environment },
  })
const post = async (path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' }
  return await fetch(`${system.apiUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** An agent on which only a knob of high risk is left to try. */
async function slowAgent(agentId: string, instanceCount = 1, unitsASecond = 10) {
  const instances = await system.startAgent(agentId, instanceCount, { unitsASecond })
  await edit(system, agentId, { rounds: 1, iterations: 4_000 })
  await eventually('reports of the slow agent', async () => {
    const { version } = await getCurrentConfiguration(system.db, agentId)
    // As many as a trial needs to begin with at the default aggressiveness.
    const executions = await system.db
      .selectFrom('agentExecutions')
      .where('agentName', '=', agentId)
      .orderBy('timestamp', 'desc')
      .limit(20)
      .select('configurationVersion')
      .execute()
    return executions.length === 20 && executions.every((execution) => execution.configurationVersion === version)
      ? true
      : undefined
  })
  return instances
}

const requestsOn = async (agentId: string) =>
  (await listOpenApprovals(system.db)).filter((request) => request.agentId === agentId)

/** The request for approval that a cycle makes for an agent. */
async function asked(agentId: string): Promise<PendingApproval & { outcome: () => Promise<TrialOutcome> }> {
  await system.client.runCycle({ target: agentId })
  const request = await eventually('a request', async () => (await requestsOn(agentId))[0])
  const trial = system.client.temporal.workflow.getHandle(`trial-${request.trialId}`)
  return { ...request, outcome: () => trial.result() as Promise<TrialOutcome> }
}

describe.concurrent('a change of high risk', () => {
  test('requests approval once and is shown everywhere; once approved, it is carried out like any other', async () => {
    const instances = await slowAgent('approved', 2, 30)
    const { trialId, strategy, outcome } = await asked('approved')
    expect(strategy).toMatchObject({ asks: { risk: 'high', autonomy: 0.8 }, actions: [{ knob: 'iterations', from: 4_000 }] })
    expect((await system.client.runCycle({ target: 'approved' })).outcomes).toEqual([])
    expect(await requestsOn('approved')).toHaveLength(1)

    expect((await optimizer('status')).stdout).toContain(`waiting for approval: ${trialId} on approved, iterations 4000 → `)
    const listed = await (await fetch(`${system.apiUrl}/api/approvals`)).json()
    expect(listed).toContainEqual(expect.objectContaining({ trialId, state: 'open' }))

    expect((await optimizer('approve', trialId, '--reason', 'a quiet day')).stdout).toBe(
      `${trialId} is approved; it starts as soon as nothing blocks it.\n`,
    )
    const late = await post(`/api/trials/${trialId}/approval`, { approve: false, by: 'bob' })
    const { decidedBy } = (await findApproval(system.db, trialId))!
    expect(await late.json()).toEqual({ approve: true, by: decidedBy, reason: 'a quiet day', counted: false })

    const { verdict, reason } = await outcome()
    expect(verdict, reason).not.toBe('not-started')
    expect(await violations(system, trialId, instances)).toEqual([])
    expect(await findApproval(system.db, trialId)).toMatchObject({ state: 'approved', reason: 'a quiet day' })
    await expect(optimizer('decline', trialId)).rejects.toMatchObject({
      stderr: `${trialId} was approved by ${decidedBy}: a quiet day; there is nothing left to decide.\n`,
    })
  })

  test('is not carried out if it is declined, and approval is not requested again soon', async () => {
    await slowAgent('declined')
    const { trialId, outcome } = await asked('declined')
    expect((await optimizer('decline', trialId, '--why', 'too weak')).stdout).toBe(`${trialId} is declined.\n`)
    expect(await outcome()).toMatchObject({ verdict: 'not-started', reason: expect.stringContaining('declined it: too weak') })
    await system.client.runCycle({ target: 'declined' })
    expect(await requestsOn('declined')).toEqual([])
    expect((await getCurrentConfiguration(system.db, 'declined')).values).toMatchObject({ iterations: 4_000 })
  })

  test('is not carried out if its knob was changed before it was approved', async () => {
    await slowAgent('outdated')
    const { trialId, outcome } = await asked('outdated')
    await edit(system, 'outdated', { iterations: 3_000 })
    const link = buildApprovalLink({ publicUrl: system.apiUrl, secret }, trialId, Date.now() + 3_600_000)
    expect(await (await fetch(link)).text()).toContain('Approve this trial?')
    const form = new URLSearchParams({ decision: 'approve', by: 'ada', why: 'fine' })
    const decided = await fetch(link, { method: 'POST', body: form })
    expect(await decided.text()).toContain(`${trialId} was approved by ada (via link): fine.`)
    const reason = 'outdated has changed since this was planned: iterations is 3000, no longer 4000.'
    expect(await outcome()).toMatchObject({ verdict: 'not-started', reason })
    const record = { state: 'lapsed', decidedBy: 'ada (via link)', reason: `fine; not done: ${reason}` }
    expect(await findApproval(system.db, trialId)).toMatchObject(record)
  })

  test('waits for its turn if another trial is running when it is approved', async () => {
    await slowAgent('occupied')
    const { trialId } = await asked('occupied')
    const other = await tryChange(system, 'occupied', { padding: 1 })
    await inState(system, other.trialId, ['observing'])
    await system.client.decide(trialId, { approve: true, by: 'ada' })
    await system.client.runCycle({ target: 'occupied' })
    expect(await requestsOn('occupied')).toEqual([])
    await (await system.client.rollBack(other.trialId)).result()
    await inState(system, trialId, ['observing', 'widening', 'kept'])
  })

  test('whose workflow is terminated no longer waits for approval', async () => {
    await slowAgent('forgotten')
    const { trialId } = await asked('forgotten')
    await system.client.temporal.workflow.getHandle(`trial-${trialId}`).terminate()
    await system.client.runCycle({ target: 'forgotten' })
    expect(await findApproval(system.db, trialId)).toMatchObject({ state: 'withdrawn' })
    await expect(system.client.decide(trialId, { approve: true, by: 'ada' })).rejects.toMatchObject({ code: 'not-waiting' })
  })
})

test.concurrent('the change of a trial that a person keeps stays on every instance, and proves nothing', async () => {
  const instances = await system.startAgent('wanted', 2, { unitsASecond: 0 })
  const { trialId, result } = await tryChange(system, 'wanted', { padding: 7 })
  await inState(system, trialId, ['observing'])
  expect((await optimizer('keep', trialId, '--reason', 'it is nicer')).stdout).toBe(`${trialId} is kept on every instance.\n`)
  expect(await result()).toMatchObject({
    verdict: 'undecided',
    reason: expect.stringMatching(/^Kept by .+ without proof: it is nicer$/),
  })
  expect(await violations(system, trialId, instances)).toEqual([])
  expect(await listResults(system.db, { agentId: 'wanted' })).toMatchObject([
    { success: false, verdict: 'undecided', keptBy: expect.any(String) },
  ])
  expect(await loadExperience(system.db, { agentId: 'wanted' })).toMatchObject([{ verdict: 'undecided', byPerson: true }])
  expect((await optimizer('keep', trialId)).stdout).toBe(`${trialId} was already kept; nothing was changed.\n`)
})

test.concurrent('keeping a trial while an instance is silent names that instance', async () => {
  const instances = await system.startAgent('quiet', 2, { unitsASecond: 0 })
  const { trialId } = await tryChange(system, 'quiet', { padding: 7 })
  const { controlInstances } = await inState(system, trialId, ['observing'])
  const [silent] = controlInstances as [string]
  const instance = instances.find(({ id }) => id === silent)!
  instance.pause()
  await eventually('its silence', async () => (await classifyInstances(system.db, 'quiet')).silent.includes(silent) || undefined)
  expect((await optimizer('keep', trialId)).stdout).toBe(
    `${trialId} is kept on every responding instance; ${silent} did not respond and will receive it on reconnecting.\n`,
  )
  instance.resume()
  await converged(system, 'quiet', instances)
})

test.concurrent('a decision on a trial that is not waiting, or does not exist, is refused', async () => {
  expect(await (await post('/api/trials/opt_1_none/approval', { approve: true, by: 'ada' })).json()).toMatchObject({
    error: { code: 'unknown-trial' },
  })
  expect((await post('/api/trials/opt_1_none/approval', { approve: true })).status).toBe(400)
  expect((await post('/api/trials/opt_1_none/keep', { by: 'ada' })).status).toBe(404)
})
