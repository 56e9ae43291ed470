import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { ScheduleNotFoundError } from '@temporalio/client'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { profileDegradedAgents } from '../../../src/activities/profile-degraded.ts'
import { parseCollapsedStacks } from '../../../src/analysis/profiling/collapsed-stacks.ts'
import { encodePprof } from '../../../src/analysis/profiling/pprof.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { getProfileSubject, performanceSubjects, profileRequestSubject } from '../../../src/messaging/subjects.ts'
import type { Anomaly } from '../../../src/model/anomaly.ts'
import type { Hotspot, ProfileReport } from '../../../src/model/performance-profile.ts'
import { readProfileReport } from '../../../src/reading/profiles.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { recordAnomalies } from '../../../src/store/anomalies.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { ensureProfilingSchedule, profilingScheduleId } from '../../../src/temporal/profiling-schedule.ts'
import { startMonitoring } from '../../../src/temporal/starters.ts'
import { patienceMs } from '../../support/eventually.ts'
import { installPackages } from '../../support/python.ts'
import { announcement } from '../../support/store.ts'
import { System } from '../../support/system.ts'

const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))

let system: System
let nats: Awaited<ReturnType<typeof connectNats>>
const published: ProfileReport[] = []
const errors: { subject: string; code: string }[] = []

beforeAll(async () => {
  system = await System.start()
  system.startWorker()
  nats = await connectNats(system.natsUrl, 'test')
  nats.subscribe(performanceSubjects.profileReport, { callback: (_error, message) => void published.push(message.json()) })
  nats.subscribe(performanceSubjects.errors, { callback: (_error, message) => void errors.push(message.json()) })
  await nats.flush()
})
afterAll(async () => {
  await nats?.close()
  await system?.stop()
})

const take = async (subject: Parameters<System['client']['profile']>[0]['subject']) => {
  const { result } = await system.client.profile({ subject, by: 'ada', trigger: 'person' })
  const { profileIds } = await result()
  return await readProfileReport(system.client, profileIds[0]!)
}
const nameOf = ({ function: name }: Hotspot) => name

it('an agent profiles itself for a person who asks on the API, and the report is published', async () => {
  await system.startAgent('hunter', 1)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ subject: { of: 'agent', agentId: 'hunter', seconds: 1 }, by: 'ada', reason: 'slow' })
  const response = await fetch(`${system.apiUrl}/api/profiles`, { method: 'POST', headers, body })
  const { workflowId } = (await response.json()) as { workflowId: string }
  const { profileIds } = await system.client.temporal.workflow.getHandle(workflowId).result()
  const report = (await (await fetch(`${system.apiUrl}/api/profiles/${profileIds[0]}`)).json()) as ProfileReport
  expect(report).toMatchObject({ target: 'hunter', instanceId: 'hunter-1', kind: 'cpu', requestedBy: 'ada', version: 1 })
  expect(report.total).toBeGreaterThan(0)
  await vi.waitFor(() => expect(published).toContainEqual(report), patienceMs)
})

it('a person takes and exports a profile on the command line', async () => {
  const cli = async (...args: string[]) => {
    const env = { ...process.env, ...system.environment }
    return (await promisify(execFile)(process.execPath, [program, 'profile', ...args], { env, cwd: system.dataDir })).stdout
  }
  const [report] = JSON.parse(await cli('take', 'hunter', '--heap', '--seconds', '1', '--json')) as [ProfileReport]
  expect(report).toMatchObject({ unit: 'bytes', kind: 'heap', instanceId: 'hunter-1', previousId: null })
  expect(await cli('export', String(report.id), '--format', 'speedscope', '--output', 'heap.json')).toContain('heap.json')
  const file = JSON.parse(readFileSync(join(system.dataDir, 'heap.json'), 'utf8'))
  expect(file.profiles[0]).toMatchObject({ type: 'sampled', unit: 'bytes', endValue: report.total })
})

it('agents in other languages answer with collapsed stacks or pprof, and those asked for the same at once get one profile', async () => {
  await registerInstance(system.db, announcement('python', 'python-1'), Date.now())
  const stacks = 'main (app.py:3);work (app.py:10) 600\nmain (app.py:3) 400'
  const pprof = gzipSync(encodePprof(parseCollapsedStacks(stacks, 'microseconds', 1_000), 0)).toString('base64')
  const answers = [
    { format: 'collapsed', unit: 'microseconds', stacks },
    { format: 'pprof', data: pprof },
  ]
  let mayAnswer = Promise.withResolvers<void>()
  nats.subscribe(getProfileSubject('python', 'python-1'), {
    callback: (_error, message) => {
      void mayAnswer.promise.then(() => message.respond(JSON.stringify(answers.shift())))
    },
  })
  await nats.flush()
  const request = { subject: { of: 'agent', agentId: 'python', seconds: 1 }, by: 'ada', trigger: 'person' } as const
  for (const previousId of [null, expect.any(Number)]) {
    const asked = await Promise.all([system.client.profile(request), system.client.profile(request)])
    mayAnswer.resolve()
    const [first, second] = await Promise.all(asked.map(({ result }) => result()))
    expect(second).toEqual(first)
    const report = await readProfileReport(system.client, first!.profileIds[0]!)
    expect(report.hotspots[0]).toMatchObject({ function: 'work', file: 'app.py', line: 10, sharePercent: 60 })
    expect(report.previousId).toEqual(previousId)
    mayAnswer = Promise.withResolvers()
  }
})

it('the orchestrator asks over NATS; what it may not ask is answered and reported', async () => {
  const ask = async (request: object) =>
    (await nats.request(profileRequestSubject, JSON.stringify(request), { timeout: 10_000 })).json()
  const answer = await ask({ agentId: 'hunter', kind: 'heap', seconds: 1 })
  expect(answer).toEqual({ workflowId: 'profile-hunter-heap' })
  await system.client.temporal.workflow.getHandle('profile-hunter-heap').result()
  expect(await ask({ agentId: 'nobody' })).toMatchObject({ error: { code: 'unknown-agent' } })
  expect(await ask({ agentId: 'hunter', seconds: 1e9 })).toMatchObject({ error: { code: 'invalid-request' } })
  await nats.flush()
  expect(errors.map(({ code }) => code)).toEqual(['unknown-agent', 'invalid-request'])
})

it('the worker profiles itself, and the slow activity of the workflows so far is named', async () => {
  expect(await take({ of: 'worker', kind: 'heap', seconds: 1 })).toMatchObject({ target: 'optimizer:worker', kind: 'heap' })
  const { hotspots, summary } = await take({ of: 'workflows', type: 'profile', hours: 1 })
  // On a busy machine, waiting for a worker may take even longer.
  expect(hotspots.map(nameOf).find((name) => name !== 'waiting')).toBe('takeProfile: execution')
  expect(summary).toMatch(/(takeProfile: execution|waiting) took/)
})

it('a degraded agent is profiled where it is enabled, and not again within the hour; a profile that fails is reported', async () => {
  const { temporal, config } = system.client
  const enabled = { ...config, performance_engine_agent: { ...config.performance_engine_agent, enable_auto_profiling: true } }
  const dependencies = { db: system.db, temporal, config: enabled } as unknown as Dependencies
  const bottleneck = { type: 'agent_response_time', severity: 'high', impact: 1, suggestedFix: '' } as const
  const degraded = (agentId: string) => ({ ...bottleneck, affectedComponent: agentId, description: `${agentId} is slow` })
  await registerInstance(system.db, announcement('slow', 'slow-1'), Date.now())
  await registerInstance(system.db, announcement('dead', 'dead-1'), Date.now() - 3_600_000)
  await registerInstance(system.db, announcement('known', 'known-1'), Date.now())
  await recordPerformanceProfile(system.db, 'known', {
    ...{ target: 'known', instanceId: 'known-1', kind: 'cpu', trialId: null, arm: null, version: 1 },
    ...{ trigger: 'person', requestedBy: 'ada', reason: '', workflowId: 'w', runId: 'r' },
    content: parseCollapsedStacks('main 1', 'microseconds', 1),
  })
  await profileDegradedAgents({ ...dependencies, config }, [degraded('slow')], 'cycle-1')
  const handle = temporal.workflow.getHandle('profile-slow-cpu')
  await expect(handle.describe()).rejects.toThrow()
  // Anomalies that an agent, an agent that was profiled recently, and a host cause.
  const causedBy = { victim: 'slow', prey: 'known', crowded: 'host-1' }
  const anomalous = (agentId: string) => ({ ...degraded(agentId), type: 'response_time_anomaly', metric: 'responseTime' })
  const open = Object.entries(causedBy).map(([component, cause]) => {
    const causes = [{ component: cause, metric: 'responseTime', probability: 0.8, why: '' }]
    return { component, metric: 'responseTime', since: Date.now(), endedAt: null, isWorse: true, causes } as unknown as Anomaly
  })
  await recordAnomalies(system.db, { open, ended: [] })
  for (const agentId of Object.keys(causedBy))
    await registerInstance(system.db, announcement(agentId, `${agentId}-1`), Date.now())
  const others = ['dead', 'known', 'system'].map(degraded)
  await profileDegradedAgents(dependencies, [...Object.keys(causedBy).map(anomalous), ...others], 'cycle-1')
  const wasStarted = async (agentId: string) =>
    await temporal.workflow
      .getHandle(`profile-${agentId}-cpu`)
      .describe()
      .then(
        () => true,
        () => false,
      )
  expect(await Promise.all(Object.keys(causedBy).map(wasStarted))).toEqual([false, false, true])
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'agent-away' } })
  const report = { subject: performanceSubjects.profileReport, code: 'agent-away', workflowId: 'profile-slow-cpu' }
  await vi.waitFor(() => expect(errors).toContainEqual(expect.objectContaining(report)), patienceMs)
  await expect(temporal.workflow.getHandle('profile-dead-cpu').describe()).rejects.toThrow()
  await expect(temporal.workflow.getHandle('profile-known-cpu').describe()).rejects.toThrow()
})

it('profiling_schedule becomes a Schedule of Temporal, which follows its changes', async () => {
  const { temporal, taskQueue } = system.client
  const ensure = (profiling_schedule: string | null) => ensureProfilingSchedule(temporal, profiling_schedule, taskQueue)
  const describe = async () => await temporal.schedule.getHandle(profilingScheduleId).describe()
  await ensure('CRON_TZ=Europe/Berlin 30 2 * * mon-fri')
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' })
  expect((await describe()).info.nextActionTimes.map((at) => berlin.format(at)).slice(0, 3)).toEqual(['02:30', '02:30', '02:30'])
  await ensure('15 */6 * * *')
  expect((await describe()).info.nextActionTimes[0]!.getUTCMinutes()).toBe(15)
  await ensure(null)
  await expect(describe()).rejects.toThrow(ScheduleNotFoundError)
})

it('programs in Python hear everything as its schema says, get a profile, and cause an alert and a cycle of one agent', async () => {
  const example = new URL('../../../examples/python-agent/', import.meta.url)
  const programOf = (name: string) => fileURLToPath(new URL(name, example))
  const addresses = { OPTIMIZER_URL: system.natsUrl, OPTIMIZER_API: system.apiUrl }
  const env = { ...process.env, ...addresses, PYTHONPATH: await installPackages(example) }
  await startMonitoring(system.client)
  const listener = spawn('python3', [programOf('listener.py')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void listener.kill())
  let heard = ''
  listener.stdout.on('data', (chunk) => (heard += chunk))
  const messages = (subject: string): Record<string, unknown>[] =>
    [...heard.matchAll(new RegExp(`^${subject} (\\{.*\\})$`, 'gm'))].map(([, json]) => JSON.parse(json!))
  // It hears nothing that was sent before it subscribed.
  await vi.waitUntil(() => messages(performanceSubjects.metrics).length > 0, patienceMs)
  await promisify(execFile)('python3', [programOf('monitoring_agent.py'), 'hunter'], { env })
  await vi.waitFor(() => {
    expect(messages(performanceSubjects.metrics)).toContainEqual(expect.objectContaining({ component: 'hunter' }))
    expect(messages(performanceSubjects.alert)).toContainEqual(expect.objectContaining({ subject: 'hunter', state: 'critical' }))
    const report = { target: 'hunter', kind: 'cpu', requestedBy: 'monitoring-agent' }
    expect(messages(performanceSubjects.profileReport)).toContainEqual(expect.objectContaining(report))
    for (const subject of [performanceSubjects.bottleneckDetected, performanceSubjects.optimizationStatus])
      expect(messages(subject).length).toBeGreaterThan(0)
  }, patienceMs)
  const [{ cycleId }] = messages(performanceSubjects.bottleneckDetected) as [{ cycleId: string }]
  const { target } = (await (await fetch(`${system.apiUrl}/api/cycles/${cycleId}`)).json()) as { target: string }
  expect(target).toBe('hunter')
  expect(heard).not.toContain('does not match')
})
