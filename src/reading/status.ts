import { z } from 'zod'
import { tryReadLimits } from '../config/limits.ts'
import { severityRank } from '../model/bottleneck.ts'
import { type ComponentStatus, componentStatusSchema } from '../model/component.ts'
import { monitoringGapSchema } from '../model/monitoring-gap.ts'
import { standingResultSchema } from '../model/result.ts'
import { listOpenAlerts } from '../store/alerts.ts'
import { type ComponentHealth, listComponentHealth } from '../store/component-status.ts'
import { listLatestPolicyChanges } from '../store/policy-changes.ts'
import { listRunningRestores } from '../temporal/running-restores.ts'
import { concernsAgent } from './about-agent.ts'
import { agentSummarySchema, readAgentSummaries, readAgentSummary } from './agents.ts'
import { alertSchema, toAlertView } from './alerts.ts'
import { approvalViewSchema, readApprovals } from './approvals.ts'
import type { ReadContext } from './context.ts'
import { identityViewSchema, readIdentity } from './identity.ts'
import { getListExtent, listExtentSchema, toFirstPage } from './list-extent.ts'
import { readMonitoringGaps } from './monitoring-gaps.ts'
import { policyViewSchema, readPolicy } from './policy.ts'
import { readResults } from './results.ts'
import { readSystem, systemViewSchema } from './system.ts'
import { readFromTemporal } from './temporal.ts'
import { readRunningTrials, trialSchema } from './trials.ts'
import { explainTrust, trustSchema } from './trust.ts'

const latestResults = 10
/** Entries of every other list. */
const maxListed = 100

export const statusSchema = policyViewSchema.extend({
  identity: identityViewSchema.describe('The goals and traits of the optimizer'),
  trust: trustSchema,
  system: systemViewSchema.nullable().describe('Host, averages over the fleet, and market, as the latest cycle saw them'),
  agents: z.array(agentSummarySchema).describe('Agents by id; `GET /api/agents` has all of them'),
  trials: z.array(trialSchema).describe('Running trials, oldest first'),
  restores: z
    .array(z.object({ workflowId: z.string(), since: z.date() }))
    .nullable()
    .describe('Running restores, oldest first; null if Temporal is not responding'),
  approvals: z.array(approvalViewSchema).describe('Open requests for approval, oldest first'),
  results: z.array(standingResultSchema).describe(`The latest ${latestResults}, newest first`),
  listed: z
    .object({
      agents: listExtentSchema,
      trials: listExtentSchema,
      restores: listExtentSchema,
      approvals: listExtentSchema,
      results: listExtentSchema,
      alerts: listExtentSchema,
      components: listExtentSchema,
    })
    .describe(`How much of each list is shown: at most the first ${maxListed} entries`),
  limitsProblem: z.string().nullable().describe("Why the operator's limits cannot be read; null if they can"),
  alerts: z.array(alertSchema).describe('Open alerts, most urgent first, then newest first'),
  components: z
    .array(z.object({ component: z.string(), status: componentStatusSchema, seenAt: z.date() }))
    .describe(
      'Status of components measured by other programs, as reported within the last hour; those that are not healthy first',
    ),
  componentCounts: z.record(componentStatusSchema, z.int()).describe('Number of components with each status'),
  gaps: z.array(monitoringGapSchema).describe('As `GET /api/gaps`'),
})
export type Status = z.infer<typeof statusSchema>

/**
 * The current state of the optimizer and the fleet. The number of queries does not depend on the size of the fleet.
 * @param agentId the agent that it is about; by default all of them
 * @throws OptimizerError `unknown-agent`
 */
export async function readStatus(context: ReadContext, agentId?: string): Promise<Status> {
  const [policy, changes, system, agents, trials, restores, approvals, results, alerts, health, gaps] = await Promise.all([
    readPolicy(context),
    listLatestPolicyChanges(context.db),
    readSystem(context),
    agentId === undefined
      ? readAgentSummaries(context, maxListed)
      : readAgentSummary(context, agentId).then((agent) => toFirstPage([agent], 1)),
    readRunningTrials(context),
    readFromTemporal(context, () => listRunningRestores(context.temporal)),
    readApprovals(context),
    readResults(context, { agentId, limit: latestResults }),
    listOpenAlerts(context.db),
    listComponentHealth(context.db, Date.now()),
    readMonitoringGaps(context),
  ])
  const isShown = (of: { agentId: string | null }) => agentId === undefined || of.agentId === agentId
  const isAbout = ({ component, subject }: (typeof alerts)[number]) =>
    agentId === undefined || concernsAgent([component, subject], agentId)
  const shown = {
    trials: toFirstPage(trials.filter(isShown), maxListed),
    restores: toFirstPage(restores ?? [], maxListed),
    approvals: toFirstPage(approvals.filter(isShown), maxListed),
    alerts: toFirstPage(
      alerts.filter(isAbout).toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity]),
      maxListed,
    ),
    components: toFirstPage(
      health.toSorted((a, b) => Number(a.status === 'healthy') - Number(b.status === 'healthy')),
      maxListed,
    ),
  }
  const limits = tryReadLimits(context.config)
  return {
    ...policy,
    identity: readIdentity(context.config, policy.state.policy.aggressiveness),
    trust: explainTrust(policy.state.policy, changes),
    system,
    agents: agents.items,
    trials: shown.trials.items,
    restores: restores ? shown.restores.items : null,
    approvals: shown.approvals.items,
    results: results.items,
    listed: {
      agents: getListExtent(agents),
      trials: getListExtent(shown.trials),
      restores: getListExtent(shown.restores),
      approvals: getListExtent(shown.approvals),
      results: getListExtent(results),
      alerts: getListExtent(shown.alerts),
      components: getListExtent(shown.components),
    },
    limitsProblem: typeof limits === 'string' ? limits : null,
    alerts: shown.alerts.items.map(toAlertView),
    components: shown.components.items,
    componentCounts: countByStatus(health),
    gaps: gaps.filter(isShown),
  }
}

function countByStatus(health: readonly ComponentHealth[]): Record<ComponentStatus, number> {
  const count = (status: ComponentStatus) => health.filter((each) => each.status === status).length
  return { healthy: count('healthy'), degraded: count('degraded'), down: count('down') }
}
