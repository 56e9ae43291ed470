import { type FinishedTrial, toFinishedTrial } from '../model/finished-trial.ts'
import type { Database } from './database.ts'

/** Older trials ran under another load and teach nothing reliable about today's. */
const rememberedDays = 30

/** The most trials that are remembered: more would take planning longer than they are worth. */
export const maxRememberedTrials = 2_000

/** Finished trials of the whole fleet, of one kind or of one agent that still count, newest first; at most `maxRememberedTrials`. */
export async function loadExperience(
  db: Database,
  { agentId, kind }: { agentId?: string; kind?: string } = {},
): Promise<FinishedTrial[]> {
  const rows = await recent(db)
    .$if(agentId !== undefined, (query) => query.where('result.agentId', '=', agentId!))
    .$if(kind !== undefined, (query) => query.where('agent.kind', '=', kind!))
    .orderBy('result.timestamp', 'desc')
    .limit(maxRememberedTrials)
    .leftJoin('trials as trial', 'trial.id', 'result.strategyId')
    .leftJoin('configurations as baseline', (on) =>
      on.onRef('baseline.agentId', '=', 'trial.agentId').onRef('baseline.version', '=', 'trial.baselineVersion'),
    )
    .select(['agent.kind', 'result.content', 'baseline.values', 'trial.judgement'])
    .execute()
  return rows.flatMap(
    ({ kind, content, values, judgement }) =>
      toFinishedTrial(content, { kind, baseline: values ?? {}, code: judgement?.code }) ?? [],
  )
}

/** The number of results that are recent enough to count. */
export async function countExperience(db: Database): Promise<number> {
  const { trials } = await recent(db)
    .select(({ fn }) => fn.countAll<number>().as('trials'))
    .executeTakeFirstOrThrow()
  return trials
}

const recent = (db: Database) =>
  db
    .selectFrom('optimizationResults as result')
    .innerJoin('agents as agent', 'agent.agentId', 'result.agentId')
    .where('result.timestamp', '>', new Date(Date.now() - rememberedDays * 86_400_000))
