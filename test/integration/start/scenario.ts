/** Document 000's scenario on a running fleet, as a program sees it that has only the API and NATS. */
import { expect, vi } from 'vitest'
import { z } from 'zod'
import { type CycleReport, cycleReportResponseSchema } from '../../../src/messaging/protocol.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import {
  cycleReportSubject,
  engineSettingsSubject,
  performanceSubjects,
  profileRequestSubject,
  realtimeMetricsSubject,
} from '../../../src/messaging/subjects.ts'
import type { Recommendation } from '../../../src/model/capacity.ts'
import type { Policy } from '../../../src/model/policy.ts'
import type { Reassessment } from '../../../src/model/reassessment.ts'
import { patienceMs } from '../../support/eventually.ts'
import type { Listener } from '../../support/listener.ts'

const hunter = 'market-hunter'
const patience = { timeout: patienceMs, interval: 200 }

async function command(api: string, type: 'abort' | 'resume'): Promise<void> {
  const body = JSON.stringify({ command: { type }, by: 'a test', reason: 'the scenario has ended' })
  const { status } = await fetch(`${api}/api/commands`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(status).toBe(200)
}

const read = async <Answer>(api: string, path: string) => (await (await fetch(api + path)).json()) as Answer

const readPolicy = async (api: string) => (await read<{ control: { policy: Policy } }>(api, '/api/status')).control.policy

interface Status {
  trialId: string
  agentId: string
  state: string
  result?: { success: boolean }
}

/** Once a trial has improved an agent: the whole scenario; and every message is as the AsyncAPI document says. */
export async function expectScenario(api: string, listener: Listener): Promise<void> {
  await expectImprovementReported(api, listener)
  await expectOtherProgramsAnswered(listener)
  await expectCommandsOfOrchestrator(api, listener)
  expect(listener.problems).toEqual([])
}

/** Detected, tried, kept, reported; the orchestrator raised the agent's autonomy by 5 points, and the optimizer's reputation. */
async function expectImprovementReported(api: string, listener: Listener): Promise<void> {
  // The cycle need not wait for its other trials.
  await command(api, 'abort')
  const report = await vi.waitUntil(
    () => listener.heard<CycleReport>(cycleReportSubject).find(({ results }) => results.some(({ success }) => success)),
    patience,
  )
  await command(api, 'resume')
  const { agentId } = report.results.find(({ success }) => success)!
  expect(listener.heard(performanceSubjects.bottleneckDetected)).toContainEqual(
    expect.objectContaining({ cycleId: report.cycleId, affectedComponent: hunter }),
  )

  const statuses = listener.heard<Status>(performanceSubjects.optimizationStatus)
  const { trialId } = statuses.find((status) => status.agentId === agentId && status.result?.success)!
  const states = new Set(statuses.filter((status) => status.trialId === trialId).map(({ state }) => state))
  expect([...states]).toEqual(['applying', 'observing', 'widening', 'kept'])

  const { autonomy, reputation } = await vi.waitFor(async () => {
    const { reassessment } = await read<{ reassessment: Reassessment | null }>(api, `/api/cycles/${report.cycleId}`)
    return reassessment ?? Promise.reject(new Error('The orchestrator has not answered.'))
  }, patience)
  expect(autonomy[agentId]!.from).toBeLessThanOrEqual(0.85)
  expect(autonomy[agentId]!.to).toBeCloseTo(autonomy[agentId]!.from + 0.05)
  expect(reputation!.to).toBeCloseTo(reputation!.from + 0.05)
  const reputationNow = async () => (await readPolicy(api)).reputation
  await vi.waitFor(async () => expect(await reputationNow()).toBeCloseTo(reputation!.to), patience)
}

/** The orchestrator gives each of the four commands when its rules say so, and its standings outlast its process. */
async function expectCommandsOfOrchestrator(api: string, { nats }: Listener): Promise<void> {
  const tell = (report: Partial<CycleReport> = {}) => {
    const whole = { cycleId: 'cycle-of-a-test', results: [], recommendations: [], ...report }
    return sendRequest(nats, cycleReportSubject, whole, cycleReportResponseSchema, 5_000)
  }
  const until = (report: Partial<CycleReport>, isFollowed: (policy: Policy) => boolean) =>
    vi.waitFor(async () => {
      await tell(report)
      const policy = await readPolicy(api)
      expect(isFollowed(policy), JSON.stringify(policy)).toBe(true)
    }, patience)
  const bottleneck = {
    type: 'agent_success_rate',
    affectedComponent: hunter,
    description: '',
    impact: 25,
    suggestedFix: '',
  } as const
  const gain = {
    agentId: 'market-analyzer',
    type: 'agent_response_time',
    verdict: 'keep',
    success: true,
    actualImprovement: 30,
  } as const
  const scarce = {
    kind: 'more-memory',
    subject: 'this-host',
    text: 'Give this-host more memory',
    evidence: ['It uses 95%.'],
  } satisfies Recommendation

  const { aggressivenessAsked } = await readPolicy(api)
  await until({ bottlenecks: [{ ...bottleneck, severity: 'critical' }] }, ({ focus }) => focus === hunter)
  await until({}, ({ focus }) => focus === null)
  await until({ allocations: [scarce] }, ({ resourceMode }) => resourceMode === 'reduce')
  const isBolder = (policy: Policy) => policy.aggressivenessAsked > aggressivenessAsked
  await until({ results: [gain], bottlenecks: [{ ...bottleneck, severity: 'high' }] }, isBolder)

  const known = await tell()
  expect(known.autonomy['market-analyzer']).toBeGreaterThan(0.85)
  const agents = await read<{ agentId: string; instances: { processId: number }[] }[]>(api, '/api/agents')
  process.kill(agents.find(({ agentId }) => agentId === 'strategic-orchestrator')!.instances[0]!.processId, 'SIGKILL')
  const restarted = await vi.waitFor(() => tell(), patience)
  expect(restarted.optimizerReputation).toBeCloseTo(known.optimizerReputation)
  expect(restarted.autonomy['market-analyzer']).toBeCloseTo(known.autonomy['market-analyzer']!)
}

/** Another program asks for a profile, changes a threshold, and adds a reading that is beyond it. */
async function expectOtherProgramsAnswered(listener: Listener): Promise<void> {
  const ask = (subject: string, content: unknown) => sendRequest(listener.nats, subject, content, z.looseObject({}), 15_000)
  const profile = async (agentId: string) => {
    await ask(profileRequestSubject, { agentId, seconds: 1, by: 'a test' })
    return agentId
  }
  // Refused to those of which a trial is running.
  const profiled = await vi.waitFor(() => Promise.any(['market-analyzer', 'narrative-architect'].map(profile)), patience)
  await ask(engineSettingsSubject, { alert_thresholds: { cpu_usage: { critical: 90 } } })
  await ask(realtimeMetricsSubject, { component: 'database-1', metrics: { cpu_usage: 93.5 } })
  await vi.waitFor(() => {
    const heard = (subject: string, content: object) =>
      expect(listener.heard(subject)).toContainEqual(expect.objectContaining(content))
    heard(performanceSubjects.metrics, { component: 'database-1' })
    heard(performanceSubjects.alert, { subject: 'database-1', state: 'critical' })
    heard(performanceSubjects.profileReport, { target: profiled, trigger: 'orchestrator' })
  }, patience)
}
