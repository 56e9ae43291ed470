import { buildLearningReport, type LearningReport } from '../analysis/reporting/insights/index.ts'
import { listAgentReadings } from '../store/agent-readings.ts'
import { loadKnobsByAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { loadExperience } from '../store/experience.ts'
import { listResults } from '../store/results.ts'

/** What all trials on record taught. */
export async function learning(db: Database): Promise<LearningReport> {
  const [results, trials, knobs, agents] = await Promise.all([
    listResults(db),
    loadExperience(db),
    loadKnobsByAgent(db),
    listAgentReadings(db, new Date()),
  ])
  return buildLearningReport({
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
