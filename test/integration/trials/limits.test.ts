import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { KnobValues } from '../../../src/agent/index.ts'
import { listConfigurations } from '../../../src/store/configurations.ts'
import { findCycle } from '../../../src/store/cycles.ts'
import { listOpenTrials, listWorkflowTrials } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { writeLimits } from '../../support/limits.ts'
import { recklessCycle } from '../../support/reckless-worker.ts'
import { System } from '../../support/system.ts'
import type { TinyInstance } from '../../support/tiny-fleet/instance.ts'
import { evidenceOf, inState, tryChange, violations } from '../../support/trials.ts'

/** Agents without work: a trial on one is observed until somebody ends it. */
const idle = ['north', 'east', 'south', 'west']
let system: System
const fleet: Record<string, TinyInstance[]> = {}
beforeAll(async () => {
  system = await System.start({ concurrent: 2, candidateShare: 0.5 })
  system.startWorker()
  const start = async (agentId: string, unitsASecond: number) => {
    fleet[agentId] = await system.startAgent(agentId, 2, { unitsASecond })
  }
  await Promise.all([...idle.map((agentId) => start(agentId, 0)), start('busy', 30), start('brisk', 30), start('slow', 2)])
  await speak('north', 'east')
})
afterAll(() => system?.stop())
afterEach(async () => {
  writeLimits(system, null)
  await Promise.all((await listOpenTrials(system.db)).map(async ({ id }) => await (await system.client.rollBack(id)).result()))
  // Changes tried in one test are new to the next.
  await system.db.deleteFrom('optimizationResults').execute()
})

async function speak(fromAgent: string, toAgent: string): Promise<void> {
  await system.db.insertInto('agentMessages').values({ fromAgent, toAgent, type: 'signal', delivered: true }).execute()
}

async function running(agentId: string, values: KnobValues = { padding: 1 }) {
  const trial = await tryChange(system, agentId, values)
  await inState(system, trial.trialId, ['observing'])
  return trial
}

async function refused(agentId: string, values: KnobValues = { padding: 1 }): Promise<string> {
  const outcome = await (await tryChange(system, agentId, values)).result()
  expect(outcome).toMatchObject({ verdict: 'not-started' })
  return outcome.reason
}

const command = async (type: 'pause' | 'resume' | 'abort', reason = 'a test') =>
  await system.client.command({ type }, 'ada', reason)

describe('concurrently', () => {
  test('no trial starts on an agent that exchanges messages with one on which a trial is running', async () => {
    const { trialId } = await running('east')
    expect(await refused('north')).toBe(`${trialId} is running on east, which exchanges messages with north.`)
    await running('south')
  })

  test('concurrent requests cannot exceed the cap together', async () => {
    const started = await Promise.all(
      ['east', 'south', 'west', 'busy'].map((agentId) => tryChange(system, agentId, { padding: 1 })),
    )
    const refusals = started.map(({ result }) => result().then(({ verdict, reason }) => ({ verdict, reason })))
    const first = await Promise.race(refusals)
    expect(first).toEqual({
      verdict: 'not-started',
      reason: expect.stringContaining('limit on trials within cycles reached (2 running)'),
    })
    await eventually('two to be refused', async () => {
      const ended = await Promise.all(started.map(async ({ handle }) => (await handle.describe()).status.name !== 'RUNNING'))
      return ended.filter(Boolean).length >= 2 || undefined
    })
    expect((await listOpenTrials(system.db)).length).toBeLessThanOrEqual(2)
  })

  test('no more instances run with unproven values than the operator allows', async () => {
    writeLimits(system, { maxCandidateShare: 0.1 })
    await running('south')
    expect(await refused('west')).toContain('candidate limit reached (1 of 14 instances run unproven values)')
  })
})

describe('the limits file', () => {
  test.each([
    [{ neverTouch: [{ kind: 'tiny', knob: 'padding' }] }, "padding: the operator's limits forbid changing it"],
    [{ maxSteps: [{ share: 0.1 }] }, "padding: 0 → 11 is a step of 11% of the knob's range; the limit is 10%"],
    ['{', 'limits.json are invalid: it is not valid JSON'],
    [{ freeze: [{ begins: '* * * * *', hours: 1, why: 'a release' }] }, 'west is frozen until'],
  ])('%j stops a trial that a person requests, which no planner has seen', async (limits, reason) => {
    writeLimits(system, limits)
    expect(await refused('west', { padding: 11 })).toContain(reason)
    expect((await listConfigurations(system.db, 'west'))[0]?.values).toMatchObject({ padding: 0 })
  })

  test('limits how often an agent is changed within an hour', async () => {
    const { trialId } = await running('south', { padding: 2 })
    await (await system.client.rollBack(trialId)).result()
    writeLimits(system, { maxChangesPerHour: 1 })
    expect(await refused('south', { padding: 3 })).toMatch(/\d+ trials started on south within the last hour; the limit is 1/)
  })

  test('with a freeze window lets running trials finish', async () => {
    const { trialId, result } = await running('brisk')
    writeLimits(system, { freeze: [{ begins: '* * * * *', hours: 1 }] })
    expect((await result()).reason).not.toContain('frozen')
    expect(await violations(system, trialId, fleet.brisk!)).toEqual([])
  })
})

test('even if policy and planner fail, the limits hold: forbidden changes are not tried, and the others run one at a time', async () => {
  writeLimits(system, {
    maxConcurrentTrials: 1,
    neverTouch: [{ knob: 'deadlineMs' }],
    maxSteps: [{ knob: 'padding', share: 0.1 }],
    freeze: [{ agent: 'west', begins: '* * * * *', hours: 1 }],
  })
  const { workflowId, strategies, result } = await recklessCycle(system, [
    { agentId: 'north', knob: 'deadlineMs', from: 10_000, to: 0 },
    { agentId: 'east', knob: 'padding', from: 0, to: 90 },
    { agentId: 'west', knob: 'padding', from: 0, to: 5 },
    { agentId: 'busy', knob: 'rounds', from: 8, to: 9 },
    { agentId: 'brisk', knob: 'rounds', from: 8, to: 9 },
  ])
  const notStarted = (agentId: string, reason: string) =>
    expect.objectContaining({ agentId, verdict: 'not-started', reason: expect.stringContaining(reason) })
  expect(result.outcomes).toEqual(
    expect.arrayContaining([
      notStarted('north', "deadlineMs: the operator's limits forbid changing it"),
      notStarted('east', "padding: 0 → 90 is a step of 90% of the knob's range; the limit is 10%"),
      notStarted('west', 'west is frozen until'),
    ]),
  )
  const [first, second, ...more] = await listWorkflowTrials(system.db, workflowId)
  expect([first?.agentId, second?.agentId, more]).toEqual(['busy', 'brisk', []])
  expect(second!.startedAt.getTime()).toBeGreaterThanOrEqual(first!.endedAt!.getTime())
  for (const { id, agentId } of strategies) expect(await violations(system, id, fleet[agentId]!)).toEqual([])
})

describe('a person', () => {
  test('pauses: running trials continue, and none starts until resume', async () => {
    const { trialId } = await running('south')
    expect(await command('pause', 'a release')).toMatchObject({ paused: true })
    expect(await refused('west')).toMatch(
      /^ada paused the optimizer at .* \(a release\); npx optimizer resume allows trials again\.$/,
    )
    expect(await inState(system, trialId, ['observing'])).toMatchObject({ endedAt: null })
    expect(await optimizer('status')).toMatch(/^PAUSED by ada since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: a release$/m)
    const putOff = 'the optimizer is paused; npx optimizer resume allows trials again'
    expect(await optimizer('cycle', '--wait', '--target', 'brisk')).toMatch(new RegExp(`^deferred: brisk .*: ${putOff}$`, 'm'))
    await command('resume')
    await running('west')
  })

  test('aborts: the trials of cycles and of people are rolled back at once, with the reason, and none starts', async () => {
    const mine = await running('south')
    await evidenceOf(system, 'slow')
    const { workflowId, result } = await system.client.startCycle({ target: 'slow' })
    await eventually('a trial of the cycle', async () =>
      (await listOpenTrials(system.db)).find((trial) => trial.workflowId === workflowId),
    )
    const trials = await listOpenTrials(system.db)
    expect(trials.length).toBe(2)
    expect(await optimizer('abort', '--reason', 'customers complain')).toMatch(/No trial is running\.\n$/)
    const why = expect.stringMatching(/aborted everything: customers complain$/)
    expect(await mine.result()).toMatchObject({ verdict: 'roll-back', reason: why })
    expect((await result()).outcomes).toContainEqual(expect.objectContaining({ verdict: 'roll-back', reason: why }))
    for (const { id, agentId } of trials) expect(await violations(system, id, fleet[agentId]!)).toEqual([])
    expect(await refused('west')).toContain('paused the optimizer')
    await command('resume')
  })

  test('sees in a dry run what a cycle would try, and nothing is changed', async () => {
    const versions = async () =>
      await system.db
        .selectFrom('configurations')
        .select(({ fn }) => fn.countAll().as('count'))
        .execute()
    await evidenceOf(system, 'brisk')
    const before = await versions()
    const { workflowId, strategies, skipped } = JSON.parse(await optimizer('cycle', '--dry-run', '--target', 'brisk', '--json'))
    expect(strategies, JSON.stringify(skipped)).toContainEqual(
      expect.objectContaining({ agentId: 'brisk', actions: [expect.objectContaining({ knob: 'rounds' })] }),
    )
    expect(await versions()).toEqual(before)
    expect(await findCycle(system.db, workflowId)).toMatchObject({ dryRun: true, state: 'completed' })
    expect(await listOpenTrials(system.db)).toEqual([])
    expect(await optimizer('explain', 'brisk')).not.toContain('dry run;')
  })
})

async function optimizer(...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
  const env = { ...process.env, ...system.environment }
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
}
