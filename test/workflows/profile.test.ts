import { ApplicationFailure } from '@temporalio/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Activities } from '../../src/contract/activities.ts'
import type { ProfileTarget } from '../../src/contract/profiles.ts'
import { scriptedFleet, startWorkflowEnvironment, taskQueue, type WorkflowEnvironment } from '../support/workflows.ts'

let environment: WorkflowEnvironment
beforeAll(async () => {
  environment = await startWorkflowEnvironment()
})
afterAll(async () => await environment?.teardown())

const request = { subject: { of: 'everything' }, by: 'ada', trigger: 'person' }
let runs = 0
const start = (...args: unknown[]) =>
  environment.client.workflow.start('profile', { taskQueue, workflowId: `profile-${++runs}`, args })

const targets: ProfileTarget[] = ['trial', 'restore', 'broken'].map((type) => ({ of: 'workflows', type, hours: 1 }))
const planProfiles: Activities['planProfiles'] = async () => ({
  targets,
  refused: [{ code: 'agent-away', reason: 'hunter is away' }],
})
const refuse = (type: string) => {
  throw ApplicationFailure.nonRetryable(`${type} is broken`, 'invalid-profile')
}

test('a profile that cannot be taken does not stop the others, and the outcome has the reasons', async () => {
  const takeProfile: Activities['takeProfile'] = async ({ target }) =>
    target.of === 'workflows' && target.type === 'broken' ? refuse(target.type) : { profileId: targets.indexOf(target) + 2 }
  const { activities, done } = scriptedFleet([], { planProfiles, takeProfile })
  await environment.withActivities(activities, async () => {
    const { profileIds, refused } = await (await start(request)).result()
    expect(profileIds).toHaveLength(2)
    expect(refused.map(({ code }: { code: string }) => code)).toEqual(['agent-away', 'invalid-profile'])
  })
  expect(done).toHaveLength(1)
})

test('profiles of a fleet are reported while others are taken, and a new run goes on where the one before it ended', async () => {
  const many: ProfileTarget[] = Array.from({ length: 9 }, (_, hours) => ({ of: 'workflows', type: 'trial', hours }))
  const takeProfile: Activities['takeProfile'] = async ({ target }) => ({
    profileId: target.of === 'workflows' ? target.hours : -1,
  })
  const { activities, done } = scriptedFleet([], { planProfiles: async () => ({ targets: many, refused: [] }), takeProfile })
  await environment.withActivities(activities, async () => {
    expect((await (await start(request)).result()).profileIds).toHaveLength(9)
    expect(done.splice(0)).toEqual(['reportProfiles 0 1 2 3', 'reportProfiles 4 5 6 7', 'reportProfiles 8'])
    const progress = { targets: many.slice(8), profileIds: [1, 2], refused: [], lines: [] }
    expect((await (await start(request, progress)).result()).profileIds).toEqual([1, 2, 8])
    expect(done).toEqual(['reportProfiles 8'])
  })
})

test('a large fleet is planned page by page, and of its refusals as many are told as fit', async () => {
  const asked: unknown[] = []
  const pages: Activities['planProfiles'] = async ({ page }) => {
    asked.push(page?.after)
    const number = Number(page?.after ?? 0)
    const refused = Array.from({ length: 15 }, () => ({ code: 'agent-away', reason: `those of page ${number}` }))
    return { targets: targets.slice(number, number + 1), refused, ...(number < 2 && { next: String(number + 1) }) }
  }
  const takeProfile: Activities['takeProfile'] = async ({ target }) => ({ profileId: targets.indexOf(target) + 2 })
  const { activities } = scriptedFleet([], { planProfiles: pages, takeProfile })
  await environment.withActivities(activities, async () => {
    const { profileIds, refused, moreRefused } = await (await start(request)).result()
    expect(asked).toEqual([undefined, '1', '2'])
    expect([profileIds.length, refused.length, moreRefused]).toEqual([3, 20, 25])
    const progress = { targets: [], next: '2', profileIds: [7], refused, moreRefused, lines: [] }
    expect(await (await start(request, progress)).result()).toMatchObject({
      moreRefused: 40,
      profileIds: [7, expect.any(Number)],
    })
  })
})

test.each([
  ['none can be taken', { planProfiles, takeProfile: async () => refuse('everything') }, 'agent-away'],
  ['none may be taken any more', { planProfiles: async () => refuse('everything') }, 'invalid-profile'],
] satisfies [string, Partial<Activities>, string][])(
  'if %s, that is reported, and the workflow fails with the first reason',
  async (_why, overrides, code) => {
    const { activities, done } = scriptedFleet([], overrides)
    await environment.withActivities(activities, async () => {
      await expect((await start(request)).result()).rejects.toMatchObject({ cause: { type: code } })
    })
    expect(done).toEqual([expect.stringMatching(`^reportProfiles ${code}`)])
  },
)

test('an automatic profile that a trial prevents ends quietly; one that anybody asked for does not', async () => {
  const takeProfile = async () => {
    throw ApplicationFailure.nonRetryable('opt_1_hunter is running', 'trial-running')
  }
  const { activities, done } = scriptedFleet([], { takeProfile })
  await environment.withActivities(activities, async () => {
    const outcome = await (await start({ ...request, trigger: 'degradation' })).result()
    expect(outcome).toMatchObject({ profileIds: [], refused: [{ code: 'trial-running' }] })
    expect(done).toEqual([])
    await expect((await start({ ...request, trigger: 'schedule' })).result()).rejects.toMatchObject({
      cause: { type: 'trial-running' },
    })
  })
})

test.each([
  [undefined],
  [{}],
  [{ ...request, subject: { of: 'moon' } }],
  [{ ...request, subject: { of: 'worker', seconds: 0 } }],
])('input %j is refused', async (input) => {
  await environment.withActivities(scriptedFleet([]).activities, async () => {
    await expect((await start(input)).result()).rejects.toMatchObject({ cause: { type: 'invalid-input' } })
  })
})
