import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createTakeProfileActivity } from '../../../src/activities/take-profile.ts'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { maxProfileResponseBytes, profileResponseSchema } from '../../../src/messaging/profiling.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import { type ProfileRequestInput, profileRequestSchema } from '../../../src/model/performance-profile.ts'
import { planProfiles } from '../../../src/reading/plan-profiles.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial } from '../../../src/store/trials.ts'
import { writeFileAtomically } from '../../../src/terminal/write-file-atomically.ts'
import { startConfiguredNats } from '../../support/nats.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

const hourMs = 3_600_000

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  const { db } = store
  const now = Date.now()
  for (const id of ['hunter-1', 'hunter-2', 'hunter-3']) await registerInstance(db, announcement('hunter', id), now)
  await registerInstance(db, announcement('dead', 'dead-1'), now - hourMs)
  await registerInstance(db, announcement('polling', 'polling-1', { transport: 'http' }), now)
})
afterAll(() => store?.drop())

const plan = (subject: ProfileRequestInput['subject'], trigger: ProfileRequestInput['trigger'] = 'person') =>
  planProfiles(store.db, profileRequestSchema.parse({ subject, by: 'ada', trigger }))

describe('a profile is refused with the reason', () => {
  it.each([
    ['an agent that nobody knows', { of: 'agent', agentId: 'nobody' }, 'unknown-agent'],
    ['an instance that nobody knows', { of: 'agent', agentId: 'hunter', instanceId: 'hunter-9' }, 'unknown-instance'],
    ['an agent that is dead', { of: 'agent', agentId: 'dead' }, 'agent-away'],
    ['an agent that only polls', { of: 'agent', agentId: 'polling' }, 'profiling-unsupported'],
  ] as const)('of %s', async (_whose, subject, code) => {
    await expect(plan(subject)).rejects.toMatchObject({ code })
  })

  it('during a trial, unless a person asks, who gets one of each arm', async () => {
    const { db } = store
    const strategy = strategyFor('hunter', 'opt_1_a')
    await insertStrategies(db, 'cycle-1', [strategy])
    await insertTrial(db, {
      id: strategy.id,
      agentId: 'hunter',
      workflowId: 'cycle-1',
      design: 'concurrent',
      baselineVersion: 1,
      candidateVersion: 2,
      candidateInstances: ['hunter-2'],
      controlInstances: ['hunter-1', 'hunter-3'],
    })
    const subject = { of: 'agent', agentId: 'hunter' } as const
    for (const trigger of ['schedule', 'orchestrator', 'degradation'] as const)
      await expect(plan(subject, trigger)).rejects.toMatchObject({ code: 'trial-running' })
    expect((await plan(subject)).targets).toMatchObject([
      { instanceId: 'hunter-2', arm: 'candidate', trialId: strategy.id },
      { instanceId: 'hunter-1', arm: 'control', trialId: strategy.id },
    ])
  })

  it('although the trial started only after it was planned', async () => {
    const take = createTakeProfileActivity({ db: store.db } as Dependencies)
    const [target] = (await plan({ of: 'agent', agentId: 'hunter' })).targets
    const subject = { of: 'agent', agentId: 'hunter' } as const
    const request = profileRequestSchema.parse({ subject, by: 'enable_auto_profiling', trigger: 'degradation' })
    const taken = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(take, {
      request,
      target: target!,
    })
    await expect(taken).rejects.toMatchObject({ code: 'trial-running' })
  })

  it('and of everything, for those agents alone', async () => {
    const { targets, refused } = await plan({ of: 'everything' })
    expect(targets.map(({ of }) => of)).toEqual(['agent', 'agent', 'worker', ...Array(4).fill('workflows')])
    expect(refused.map(({ code }) => code).sort()).toEqual(['agent-away', 'profiling-unsupported'])
    const request = profileRequestSchema.parse({ subject: { of: 'everything' }, by: 'ada', trigger: 'person' })
    const pages = [await planProfiles(store.db, request, { limit: 1 })]
    for (let after = pages[0]!.next; after !== undefined; after = pages.at(-1)!.next)
      pages.push(await planProfiles(store.db, request, { after, limit: 1 }))
    expect(pages).toHaveLength(4)
    expect(pages.flatMap((page) => page.targets)).toEqual(targets)
    expect(pages.flatMap((page) => page.refused)).toEqual(refused)
  })
})

it('a disk that is full is named, in the database and for a file', async () => {
  const { db } = store
  await sql`create function refuse() returns trigger language plpgsql as $$ begin
    raise exception 'could not extend file' using errcode = '53100'; end $$`.execute(db)
  await sql`create trigger refuse before insert on performance_profiles execute function refuse()`.execute(db)
  const content = parseCollapsedStacks('main 1', 'bytes', 1)
  const asked = { trigger: 'person', requestedBy: 'ada', reason: '', workflowId: 'w', runId: 'r' } as const
  const whose = { target: 'hunter', instanceId: 'hunter-1', kind: 'heap', trialId: null, arm: null, version: 1 } as const
  const recording = recordPerformanceProfile(db, 'key', { ...whose, ...asked, content })
  await expect(recording).rejects.toMatchObject({ code: 'disk-full', retryable: true })
  if (existsSync('/dev/full'))
    expect(() => writeFileAtomically('/dev/full', 'x')).toThrow('/dev/full cannot be written (the disk is full)')
  expect(existsSync('/dev/full')).toBe(process.platform === 'linux')
})

it('a file is written as a whole, and a place that does not exist is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-export-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileAtomically(join(folder, 'a.json'), '{}')
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('{}')
  expect(() => writeFileAtomically(join(folder, 'missing', 'a.json'), '{}')).toThrow(
    expect.objectContaining({ code: 'not-written' }),
  )
})

describe('an instance that answers', () => {
  const answers: Record<string, string | Uint8Array> = {
    garbage: '<html>',
    anotherFormat: JSON.stringify({ format: 'svg', data: 'x' }),
    cycle: JSON.stringify({ format: 'tree', profile: { unit: 'bytes', durationMs: 1, frames: [], nodes: [[0, 0, 1]] } }),
    tenMegabytes: 'x'.repeat(10 * 1024 * 1024),
  }
  it.each([
    ['garbage', 'invalid-answer'],
    ['anotherFormat', 'invalid-answer'],
    ['cycle', 'invalid-answer'],
    ['tenMegabytes', 'answer-too-large'],
  ])('%s is refused as %s', async (name, code) => {
    await expect(ask(name)).rejects.toMatchObject({ code })
  })

  let server: Awaited<ReturnType<typeof startConfiguredNats>>
  let nats: Awaited<ReturnType<typeof connectNats>>
  beforeAll(async () => {
    server = await startConfiguredNats({ one: { password: 'secret' } }, { max_payload: 16 * 1024 * 1024 })
    nats = await connectNats(server.urlOf('one'), 'test')
    nats.subscribe('answers.*', { callback: (_error, message) => void message.respond(answers[message.subject.split('.')[1]!]) })
    await nats.flush()
  })
  afterAll(async () => {
    await nats?.close()
    await server?.stop()
  })
  const ask = (name: string) => sendRequest(nats, `answers.${name}`, {}, profileResponseSchema, 5_000, maxProfileResponseBytes)
})
