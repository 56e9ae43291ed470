import { isDeepStrictEqual } from 'node:util'
import { nameSilentMetric } from '../model/alert.ts'
import { clearObjectiveRequestSchema, objectiveRequestSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { getMetric } from '../model/metric.ts'
import {
  findObjectiveProblem,
  findUnprovableQuantile,
  isSameScope,
  listObjectiveMetrics,
  type ObjectiveInput,
  type ObjectiveScope,
} from '../model/objective.ts'
import { type ObjectiveView, readObjectives, readSetObjective } from '../reading/objectives.ts'
import { requireAgent } from '../store/agents.ts'
import { resolveAlertsExcept } from '../store/alerts.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { recordObjectiveChange } from '../store/objectives.ts'
import type { OptimizerClient } from './optimizer.ts'
import { recordRequestWithoutEffect } from './record-request.ts'

/**
 * Sets an objective in place of the one for the same agents; trials that were planned for that one and have not started are not started.
 * @throws OptimizerError `unknown-agent`, `unusable-objective`; ZodError if the request is invalid.
 */
export async function setObjective(
  client: OptimizerClient,
  objective: ObjectiveInput,
  by: string,
  reason: string,
): Promise<ObjectiveView> {
  const { db, config } = client
  const request = objectiveRequestSchema.parse({ objective, by, reason })
  const { agent } = request.objective
  if (agent !== undefined) await requireAgent(db, agent)
  const problem =
    findObjectiveProblem(request.objective, await loadCatalogue(db, config.metrics)) ??
    findUnprovableQuantile(request.objective, config.trials.maxSamples)
  if (problem) throw new OptimizerError('unusable-objective', `The objective cannot be used: ${problem}.`)
  const views = await readObjectives(client)
  const same = views.find(({ objective, source }) => source === 'command' && isDeepStrictEqual(objective, request.objective))
  if (same) {
    await recordRequestWithoutEffect(db, { asked: 'setObjective', actor: by, subject: nameScope(request.objective), reason })
    return same
  }
  const change = await recordObjectiveChange(db, request.objective, request)
  await resolveStaleAlerts(client)
  return await readSetObjective(client, change)
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

/** As the audit names it. */
const nameScope = ({ agent, kind }: ObjectiveScope) => agent ?? kind ?? 'fleet'

/** Resolves the alerts about unreported metrics that the objective of their agent no longer names. */
async function resolveStaleAlerts(client: OptimizerClient): Promise<void> {
  const { db, config } = client
  const [views, catalogue] = await Promise.all([readObjectives(client), loadCatalogue(db, config.metrics)])
  const named = views.flatMap(({ objective, agents }) =>
    listObjectiveMetrics(objective).flatMap((name) =>
      agents.map((agentId) => nameSilentMetric(getMetric(catalogue, name).label, agentId)),
    ),
  )
  await resolveAlertsExcept(db, 'silent-metric', named)
}
