import { z } from 'zod'
import { tryReadLimits } from '../config/limits.ts'
import { componentStatusSchema } from '../model/component.ts'
import { monitoringGapSchema } from '../model/monitoring-gap.ts'
import { standingResultSchema } from '../model/result.ts'
import { listOpenAlerts } from '../store/alerts.ts'
import { listComponentHealth, rememberedMs } from '../store/component-status.ts'
import { listLatestPolicyChanges } from '../store/policy-changes.ts'
import type { ResultFilter } from '../store/results.ts'
import { listRunningRestores } from '../temporal/running-restores.ts'
import { agentSummarySchema, readAgentSummaries } from './agents.ts'
import { alertSchema, toView } from './alerts.ts'
import { approvalViewSchema, readApprovals } from './approvals.ts'
import type { ReadingContext } from './context.ts'
import { readGaps } from './gaps.ts'
import { identityViewSchema, readIdentity } from './identity.ts'
import { listedSchema } from './listed.ts'
import { policyViewSchema, readPolicy } from './policy.ts'
import { readResults } from './results.ts'
import { readSystem, systemViewSchema } from './system.ts'
import { readFromTemporal } from './temporal.ts'
import { readRunningTrials, trialSchema } from './trials.ts'
import { explainTrust, trustSchema } from './trust.ts'

const latestResults = 10

export const statusSchema = policyViewSchema.extend({
  identity: identityViewSchema.describe('The goals and traits of the optimizer'),
  trust: trustSchema,
  system: systemViewSchema.nullable().describe('Host, averages over the fleet, and market, as the latest cycle saw them'),
  agents: z.array(agentSummarySchema),
  trials: z.array(trialSchema).describe('Running trials, oldest first'),
  restores: z
    .array(z.object({ workflowId: z.string(), since: z.date() }))
    .nullable()
    .describe('Running restores, oldest first; null if Temporal does not answer'),
  approvals: z.array(approvalViewSchema).describe('Open requests for approval, oldest first'),
  results: z.array(standingResultSchema).describe(`The latest ${latestResults}, newest first`),
  listed: z.object({ results: listedSchema }),
  limitsProblem: z.string().nullable().describe("Why the operator's limits cannot be read; null if they can"),
  alerts: z.array(alertSchema).describe('Open alerts, newest first'),
  components: z
    .array(z.object({ component: z.string(), status: componentStatusSchema, seenAt: z.date() }))
    .describe('Status of components measured by other programs, as reported within the last hour'),
  gaps: z.array(monitoringGapSchema).describe('As `GET /api/gaps`'),
})
export type Status = z.infer<typeof statusSchema>

/**
 * The current state of the optimizer and the fleet. The number of queries does not depend on the size of the fleet.
 * @param of the agent whose results are listed; by default those of all
 */
export async function readStatus(context: ReadingContext, of: Pick<ResultFilter, 'agentId'> = {}): Promise<Status> {
  const [policy, changes, system, agents, trials, restores, approvals, results, alerts, components, gaps] = await Promise.all([
    readPolicy(context),
    listLatestPolicyChanges(context.db),
    readSystem(context),
    readAgentSummaries(context),
    readRunningTrials(context),
    readFromTemporal(context, () => listRunningRestores(context.temporal)),
    readApprovals(context),
    readResults(context, { ...of, limit: latestResults }),
    listOpenAlerts(context.db),
    listComponentHealth(context.db, new Date(Date.now() - rememberedMs)),
    readGaps(context),
  ])
  const limits = tryReadLimits(context.config)
  return {
    ...policy,
    identity: readIdentity(context.config, policy.control.policy.aggressiveness),
    trust: explainTrust(policy.control.policy, changes),
    system,
    agents,
    trials,
    restores: restores ?? null,
    approvals,
    results: results.items,
    listed: { results: { shown: results.items.length, total: results.total } },
    limitsProblem: typeof limits === 'string' ? limits : null,
    alerts: alerts.map(toView),
    components,
    gaps,
  }
}
