import type { ArmObservations } from '../analysis/judging/index.ts'
import { selectSharedHistory, splitHistory } from '../analysis/trials/history.ts'
import type { MeasureStep } from '../contract/activities.ts'
import { listEquivalentVersions } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { type ExecutionObservation, listInstanceExecutions } from '../store/executions.ts'
import { listNegotiations, type Negotiation } from '../store/messages.ts'
import { insertTrialSamples, type Trial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'

/** What a judge sees of an arm, with what the record needs. */
export interface ObservedArm extends ArmObservations {
  executions: ExecutionObservation[]
  negotiations: Negotiation[]
}
export type ObservedArms = Record<'control' | 'candidate', ObservedArm>

/** Who is compared with whom in a step, and from when on. */
function comparison(trial: Trial, step: MeasureStep) {
  const { candidateInstances: candidate, controlInstances: control, widenedInstances, observingAt, widenedAt } = trial
  if (step === 'candidate') return { candidate, control, since: observingAt! }
  // Those that tried the change were judged before: only the new ones can tell anything new.
  return { candidate: widenedInstances!, control: control.filter((id) => !widenedInstances!.includes(id)), since: widenedAt! }
}

/**
 * What a trial's judge sees: how the instances were under the configuration before, once, and both arms so far at
 * every look. An execution counts for the version that was in force when it began.
 */
export async function observeTrial(
  dependencies: Dependencies,
  trial: Trial,
  step: MeasureStep,
): Promise<{ history: ObservedArms; since: Date; look: () => Promise<ObservedArms> }> {
  const { agentId, startedAt } = trial
  const { candidate, control, since } = comparison(trial, step)
  const from = new Date(startedAt.getTime() - dependencies.config.trials.historyMs)
  const before = await listEquivalentVersions(dependencies.db, agentId, trial.baselineVersion)
  const past = (instanceIds: string[], versions?: number[]) =>
    loadObservations(dependencies.db, { agentId, instanceIds, versions, from, to: startedAt })
  const present = (instanceIds: string[], versions: number[]) =>
    loadObservations(dependencies.db, { agentId, instanceIds, versions, from: since })
  const candidateNow = () => present(candidate, [trial.candidateVersion])

  if (trial.design === 'before-after') {
    const { older, newest } = splitHistory(await past(candidate, before), dependencies.config.trials.maxSamples)
    return {
      history: { control: older, candidate: older },
      since,
      look: async () => ({ control: newest, candidate: await candidateNow() }),
    }
  }
  const [controlPast, candidatePast] = await Promise.all([past(control), past(candidate)])
  return {
    history: selectSharedHistory({ control: controlPast, candidate: candidatePast }, before),
    since,
    look: async () => ({ control: await present(control, before), candidate: await candidateNow() }),
  }
}

/** What instances did under some versions in a stretch of time. */
export async function loadObservations(
  db: Database,
  window: { agentId: string; instanceIds: string[]; versions?: number[]; from: Date; to?: Date },
): Promise<ObservedArm> {
  const [executions, negotiated] = await Promise.all([listInstanceExecutions(db, window), listNegotiations(db, window)])
  return { executions, negotiations: negotiated }
}

/** Keeps what the verdict rests on, beyond the retention of executions. */
export async function recordObservations({ db }: Dependencies, trial: Trial, arms: ObservedArms): Promise<void> {
  for (const arm of ['control', 'candidate'] as const) {
    const rows = arms[arm].executions.map(({ id, instance, at, durationMs, success }) => ({
      executionId: id,
      arm,
      instanceId: instance,
      timestamp: new Date(at),
      value: durationMs,
      success,
    }))
    await insertTrialSamples(db, trial.id, rows)
  }
}
