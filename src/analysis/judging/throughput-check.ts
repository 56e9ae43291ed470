/** Whether the candidate does its share of the work: a change with which it finishes far less is not better, however fast each execution is. */
import type { ArmSamples, Sample, TrialDesign } from '../../model/trial.ts'
import { createExecutionRateMeter } from './execution-rate.ts'
import type { SwitchbackBlock } from './samples.ts'
import { createSilenceDetector } from './silence.ts'
import { compareBlockRates } from './switchback.ts'
import { createThroughputMeter } from './throughput.ts'

/** With this probability that no more of the work is missing than is tolerated, it seems that more is. */
const SEEMS_MISSING = 0.2

export interface ThroughputAssessment {
  /** The executions that were expected of a candidate that is silent; undefined if it is not. */
  silentFor?: number | undefined
  /** Fewer executions than side by side with the control were expected: as a clause, and the p-value of no more missing than is tolerated. */
  shortfall?: { reason: string; harm: number } | undefined
  /** A sign that too much is missing, as a clause. */
  suspicion?: string | undefined
  /** Why a change is not kept, as a clause. */
  doubt?: string | undefined
}

/** Executions, and the blocks of a switchback trial. */
export type ThroughputCheck = (executions: ArmSamples, blocks?: readonly SwitchbackBlock[]) => ThroughputAssessment

/**
 * A check of a trial whose arms share one stream of work, as the instances of one agent do: side by side, the amounts of both arms are
 * compared with those before; of single instances, the pace.
 * @param past executions before the change, in chronological order, as are those since
 */
export function createThroughputCheck(design: TrialDesign, past: ArmSamples): ThroughputCheck {
  if (design === 'switchback')
    return (executions, blocks) => describePace(blocks ? compareBlockRates(toTimes(executions), blocks) : null)
  if (design === 'before-after') {
    const measurePace = createExecutionRateMeter(past)
    return (executions) => describePace(measurePace(executions))
  }
  const findSilence = createSilenceDetector(past)
  const measureThroughput = createThroughputMeter(past)
  return (executions) => {
    const silent = findSilence(executions)
    if (silent) return { silentFor: silent.missing }
    const served = measureThroughput(executions)
    if (!served) return {}
    const reason = `${Math.round(100 * served.missing)}% of the expected executions are missing`
    return {
      shortfall: { reason, harm: served.harm },
      suspicion: served.harm < SEEMS_MISSING ? reason : undefined,
      doubt: served.isDoubtful ? (served.missing > 0 ? reason : 'the candidate may be serving fewer requests') : undefined,
    }
  }
}

function describePace(pace: { missing: number } | null): ThroughputAssessment {
  if (!pace?.missing) return {}
  const slower = `${Math.round(100 * pace.missing)}% fewer executions finish than with the previous values`
  return { suspicion: slower, doubt: slower }
}

const toTimes = ({ control, candidate }: ArmSamples) => {
  const times = (samples: readonly Sample[]) => samples.map(({ at }) => at)
  return { control: times(control), candidate: times(candidate) }
}
