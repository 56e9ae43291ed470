import { isDeepStrictEqual } from 'node:util'
import { getSilentMetricName } from '../model/alert.ts'
import { clearObjectiveRequestSchema, objectiveRequestSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { getMetric, type MetricCatalogue } from '../model/metric.ts'
import {
  describeUnprovableQuantile,
  findObjectiveProblem,
  findUndeclaredMetrics,
  isSameScope,
  listObjectiveMetrics,
  type Objective,
  type ObjectiveInput,
  type ObjectiveScope,
} from '../model/objective.ts'
import { type ObjectiveView, readObjectives, readRecordedObjective } from '../reading/objectives.ts'
import { requireAgent } from '../store/agents.ts'
import { resolveAlertsExcept } from '../store/alerts.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { recordObjectiveChange } from '../store/objectives.ts'
import type { OptimizerClient } from './optimizer.ts'
import { recordRequestWithoutEffect } from './record-request.ts'

/**
 * Sets an objective in place of the one for the same agents; trials that were planned for that one and have not started are not started.
 * @param allowUndeclared whether it may name a metric that nobody has declared so far
 * @throws OptimizerError `unknown-agent`, `unusable-objective`; ZodError if the request is invalid.
 */
export async function setObjective(
  client: OptimizerClient,
  objective: ObjectiveInput,
  by: string,
  reason: string,
  allowUndeclared = false,
): Promise<ObjectiveView> {
  const { db, config } = client
  const { allowUndeclared: _, ...request } = objectiveRequestSchema.parse({ objective, by, reason })
  const { agent } = request.objective
  if (agent !== undefined) await requireAgent(db, agent)
  const catalogue = await loadCatalogue(db, config.metrics)
  const problem =
    findObjectiveProblem(request.objective, catalogue) ??
    describeUnprovableQuantile(request.objective, config.trials.maxSamples) ??
    (allowUndeclared ? undefined : describeUndeclaredMetrics(request.objective, catalogue))
  if (problem) throw new OptimizerError('unusable-objective', `The objective cannot be used: ${problem}.`)
  const views = await readObjectives(client)
  const same = views.find(({ objective, source }) => source === 'command' && isDeepStrictEqual(objective, request.objective))
  if (same) {
    await recordRequestWithoutEffect(db, { asked: 'setObjective', actor: by, subject: nameScope(request.objective), reason })
    return same
  }
  const change = await recordObjectiveChange(db, request.objective, request)
  await resolveStaleAlerts(client)
  return await readRecordedObjective(client, change)
}

/** Clears an objective that was set by command, so that the configured one applies again. Returns false if there was none. */
export async function clearObjective(
  client: OptimizerClient,
  scope: ObjectiveScope,
  by: string,
  reason: string,
): Promise<boolean> {
  const request = clearObjectiveRequestSchema.parse({ scope, by, reason })
  const views = await readObjectives(client)
  const isSet = views.some(({ objective, source }) => source === 'command' && isSameScope(objective, request.scope))
  if (isSet) {
    await recordObjectiveChange(client.db, request.scope, { ...request, objective: null })
    await resolveStaleAlerts(client)
  } else await recordRequestWithoutEffect(client.db, { asked: 'clearObjective', actor: by, subject: nameScope(scope), reason })
  return isSet
}

/** Why an objective names no known metric, as a sentence's end; undefined if it does. */
function describeUndeclaredMetrics(objective: Objective, catalogue: MetricCatalogue): string | undefined {
  const [first] = findUndeclaredMetrics(objective, catalogue)
  if (!first) return undefined
  const meant = first.close ? `use ${first.close} if you mean that, or` : 'name one that is declared, or'
  return `the metric ${first.name} has not been declared; ${meant} allow it (--allow-undeclared, or allowUndeclared in a request) if an agent will declare it`
}

/** As the audit log names it. */
const nameScope = ({ agent, kind }: ObjectiveScope) => agent ?? kind ?? 'fleet'

/** Resolves the alerts about unreported metrics that the objective of their agent no longer names. */
async function resolveStaleAlerts(client: OptimizerClient): Promise<void> {
  const { db, config } = client
  const [views, catalogue] = await Promise.all([readObjectives(client), loadCatalogue(db, config.metrics)])
  const named = views.flatMap(({ objective, agents }) =>
    listObjectiveMetrics(objective).flatMap((name) =>
      agents.map((agentId) => getSilentMetricName(getMetric(catalogue, name).label, agentId)),
    ),
  )
  await resolveAlertsExcept(db, 'silent-metric', named)
}
