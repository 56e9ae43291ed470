import type { FinishedTrial } from '../model/finished-trial.ts'
import type { Database } from './database.ts'

/** Older trials ran under another load and teach nothing reliable about today's. */
const rememberedDays = 30

/** Finished trials of the whole fleet or of one agent that still count, newest first. */
export async function loadExperience(
  db: Database,
  { agentId, limit = 2_000 }: { agentId?: string; limit?: number } = {},
): Promise<FinishedTrial[]> {
  const rows = await db
    .selectFrom('optimizationResults as result')
    .innerJoin('agents as agent', 'agent.agentId', 'result.agentId')
    .where('result.timestamp', '>', new Date(Date.now() - rememberedDays * 86_400_000))
    .$if(agentId !== undefined, (query) => query.where('result.agentId', '=', agentId!))
    .orderBy('result.timestamp', 'desc')
    .limit(limit)
    .leftJoin('trials as trial', 'trial.id', 'result.strategyId')
    .leftJoin('configurations as baseline', (on) =>
      on.onRef('baseline.agentId', '=', 'trial.agentId').onRef('baseline.version', '=', 'trial.baselineVersion'),
    )
    .select(['agent.kind', 'result.content', 'result.timestamp', 'baseline.values'])
    .execute()
  const instructive = rows.filter(({ content }) => content.judged || content.verdict === 'roll-back')
  return instructive.map(({ kind, content, timestamp, values }) => ({
    agentId: content.strategy.agentId,
    kind,
    type: content.strategy.type,
    metric: content.strategy.targetMetric,
    changes: content.strategy.actions.map(({ knob, from, to }) => ({ knob, from, to })),
    baseline: values ?? {},
    metrics: content.metrics,
    verdict: content.verdict,
    unjudged: !content.judged,
    improvement: content.actualImprovement,
    interval: content.interval,
    promised: content.promised?.improvement ?? null,
    executionTimeMs: content.executionTime,
    at: timestamp.getTime(),
  }))
}
