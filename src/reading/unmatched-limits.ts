import { findUnmatchedRules } from '../analysis/eligibility/index.ts'
import type { Limits } from '../model/limits.ts'
import { listAgents } from '../store/agents.ts'
import { loadKnobsByAgent } from '../store/declarations.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { ReadContext } from './context.ts'

/** The rules of the limits that match no agent, knob or metric that is known now. */
export async function readUnmatchedRules(
  db: ReadContext['db'],
  limits: Limits,
  metrics: ReadContext['config']['metrics'],
): Promise<string[]> {
  const [agents, knobs, catalogue] = await Promise.all([listAgents(db), loadKnobsByAgent(db), loadCatalogue(db, metrics)])
  return findUnmatchedRules(limits, agents, knobs, catalogue)
}
