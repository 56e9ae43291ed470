import { insertTrialSamples, type Trial } from '../store/trials.ts'
import type { ObservedArms } from '../trials/observations.ts'
import type { Dependencies } from './dependencies.ts'

/** Stores the samples of the verdict. */
export async function recordObservations({ db }: Dependencies, trial: Trial, arms: ObservedArms): Promise<void> {
  // A switchback trial judges executions by their start.
  const isDatedByStart = trial.design === 'switchback'
  for (const arm of ['control', 'candidate'] as const) {
    const rows = arms[arm].executions.map(({ id, instance, at, durationMs, success, metrics }) => ({
      executionId: id,
      arm,
      instanceId: instance,
      timestamp: new Date(isDatedByStart ? at + durationMs : at),
      value: durationMs,
      success,
      metrics,
    }))
    await insertTrialSamples(db, trial.id, rows)
  }
}
