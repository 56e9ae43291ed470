import { findDriftProblem } from '../analysis/trials/drifted-arm.ts'
import type { MeasureStep } from '../contract/activities.ts'
import { describeInconsistentKnob } from '../model/declaration.ts'
import { convergenceTimeoutMs } from '../model/drift.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Strategy } from '../model/strategy.ts'
import { getCurrentConfiguration } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { listDeclarations } from '../store/declarations.ts'
import { listDriftingInstances } from '../store/drift.ts'
import { classifyInstances } from '../store/instance-liveness.ts'
import type { Trial } from '../store/trials.ts'
import { selectComparedInstances } from '../trials/observations.ts'

/**
 * Checks that both arms of a trial can still be compared: all instances declare its knobs, and some of each arm run with the values of
 * their version.
 * @throws OptimizerError `mixed-versions`, `drifting`
 */
export async function assertComparable(db: Database, trial: Trial, step: MeasureStep, { actions }: Strategy): Promise<void> {
  const { agentId } = trial
  const [declarations, { values }, { live }, drifting] = await Promise.all([
    listDeclarations(db, agentId),
    getCurrentConfiguration(db, agentId),
    classifyInstances(db, agentId),
    listDriftingInstances(db, { agentId }),
  ])
  const uneven = actions.map(({ knob }) => describeInconsistentKnob(agentId, declarations, knob, values[knob])).find(Boolean)
  if (uneven) throw new OptimizerError('mixed-versions', `${uneven}.`)
  const { control, candidate } = selectComparedInstances(trial, step)
  const isLive = (instanceId: string) => live.includes(instanceId)
  const lasting = drifting.filter(({ since }) => Date.now() - since.getTime() > convergenceTimeoutMs)
  const drifted = findDriftProblem({ control: control.filter(isLive), candidate: candidate.filter(isLive) }, lasting)
  if (drifted) throw new OptimizerError('drifting', `${drifted}.`)
}
