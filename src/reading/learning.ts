import { type LearningReport, learningReport } from '../analysis/reporting/insights/index.ts'
import { allKnobs } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { experience } from '../store/experience.ts'
import { allResults } from '../store/results.ts'
import { roster } from '../store/roster.ts'

/** What all trials on record taught. */
export async function learning(db: Database): Promise<LearningReport> {
  const [results, trials, knobs, agents] = await Promise.all([
    allResults(db),
    experience(db),
    allKnobs(db),
    roster(db, new Date()),
  ])
  return learningReport({
    results,
    experience: trials,
    agents: agents.map(({ agentId, kind, configuration }) => ({
      agentId,
      kind,
      knobs: knobs[agentId] ?? [],
      current: configuration.values,
    })),
  })
}
