import type { ArmObservations } from '../analysis/judging/index.ts'
import { splitPast } from '../analysis/trials/past.ts'
import { equivalentVersions } from '../store/configurations.ts'
import { type ExecutionObservation, executionsOfVersions } from '../store/executions.ts'
import { negotiations } from '../store/messages.ts'
import { recordSamples, type Trial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'

/** What a judge sees of an arm; the executions with their ids, for the record. */
export interface Observed extends ArmObservations {
  executions: ExecutionObservation[]
}
export type Arms = Record<'control' | 'candidate', Observed>

/**
 * What a trial's judge sees: how the instances were under the configuration before, once, and both arms so far at
 * every look. An execution counts for the version that was in force when it began.
 */
export async function observe(dependencies: Dependencies, trial: Trial): Promise<{ history: Arms; look: () => Promise<Arms> }> {
  const { agentId, candidateInstances, controlInstances, startedAt } = trial
  const from = new Date(startedAt.getTime() - dependencies.config.trials.historyMs)
  const before = await equivalentVersions(dependencies.db, agentId, trial.baselineVersion)
  const past = (instanceIds: string[]) => read(dependencies, agentId, instanceIds, before, from, startedAt)
  const present = (instanceIds: string[], versions: number[]) =>
    read(dependencies, agentId, instanceIds, versions, trial.observingAt!)
  const candidate = () => present(candidateInstances, [trial.candidateVersion])

  if (trial.design === 'before-after') {
    const { older, newest } = splitPast(await past(candidateInstances), dependencies.config.trials.maxSamples)
    return {
      history: { control: older, candidate: older },
      look: async () => ({ control: newest, candidate: await candidate() }),
    }
  }
  const [control, candidatePast] = await Promise.all([past(controlInstances), past(candidateInstances)])
  return {
    history: { control, candidate: candidatePast },
    look: async () => ({ control: await present(controlInstances, before), candidate: await candidate() }),
  }
}

async function read(
  { db }: Dependencies,
  agentId: string,
  instanceIds: string[],
  versions: number[],
  from: Date,
  to?: Date,
): Promise<Observed> {
  const window = { agentId, instanceIds, versions, from, to }
  const [executions, negotiated] = await Promise.all([executionsOfVersions(db, window), negotiations(db, window)])
  return { executions, negotiations: negotiated }
}

/** Keeps what the verdict rests on, beyond the retention of executions. */
export async function recordObserved({ db }: Dependencies, trial: Trial, arms: Arms): Promise<void> {
  for (const arm of ['control', 'candidate'] as const) {
    const rows = arms[arm].executions.map(({ id, instance, at, durationMs, success }) => ({
      executionId: id,
      arm,
      instanceId: instance,
      timestamp: new Date(at),
      value: durationMs,
      success,
    }))
    await recordSamples(db, trial.id, rows)
  }
}
