import {
  describeKnobLimitViolation,
  describeObjectiveChange,
  findFloorViolation,
  formatReason,
} from '../analysis/eligibility/index.ts'
import type { Config } from '../config/config.ts'
import { tryReadLimits } from '../config/limits.ts'
import { OptimizerError } from '../model/errors.ts'
import { toSentence } from '../model/format.ts'
import { isSameValue } from '../model/knob.ts'
import { findAgent, listKnobs } from '../store/agents.ts'
import { findConfiguration, lockAgent } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { loadObjectives } from '../store/objectives.ts'
import { findStrategy } from '../store/strategies.ts'
import type { Trial } from '../store/trials.ts'

/**
 * Checks the objective and the operator's limits again before a proven change is applied to more instances: they may have been changed
 * in the meantime, and the effects of the change on the floors are known only now. Called in the transaction that widens it.
 * @throws OptimizerError `objective-changed`, `limited`, `broken-limits`; the trial is then rolled back. Outside a cycle, the step is tried
 * again while the limits are broken: a trial of days is not undone for a file that somebody is correcting.
 */
export async function assertKeepAllowed(db: Database, config: Config, trial: Trial): Promise<void> {
  const limits = tryReadLimits(config)
  if (typeof limits === 'string') throw new OptimizerError('broken-limits', limits, { retryable: trial.observeMs !== null })
  const { agentId, baselineVersion, candidateVersion, metrics } = trial
  const { kind } = await lockAgent(db, agentId)
  await assertObjectiveUnchanged(db, config, trial)
  const knobs = await listKnobs(db, agentId)
  const [before, after] = await Promise.all(
    [baselineVersion, candidateVersion].map((version) => findConfiguration(db, agentId, version)),
  )
  const reasons = knobs.map((knob) => {
    const [from, to] = [before!.values[knob.name], after!.values[knob.name]]
    const unchanged = from === undefined || to === undefined || isSameValue(from, to)
    const violation = unchanged ? undefined : describeKnobLimitViolation(limits, { agentId, kind, knob, from, to })
    return violation && formatReason({ knob: knob.name, reason: violation })
  })
  const forbidding = [...reasons, findFloorViolation(limits, { agentId, kind }, metrics)].filter(Boolean)
  if (forbidding.length === 0) return
  throw new OptimizerError('limited', `The operator's limits forbid keeping the change: ${forbidding.join('; ')}.`)
}

/**
 * Checks that the agent still has the objective that a trial was planned for, which its verdict is about.
 * @throws OptimizerError `objective-changed`; the trial then ends undecided.
 */
export async function assertObjectiveUnchanged(db: Database, config: Config, { id, agentId }: Trial): Promise<void> {
  const strategy = (await findStrategy(db, id))!
  const agent = (await findAgent(db, agentId))!
  const change = describeObjectiveChange(strategy, agent, await loadObjectives(db, config.objectives))
  if (change) throw new OptimizerError('objective-changed', toSentence(change))
}
