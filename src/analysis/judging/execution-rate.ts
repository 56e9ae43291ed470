/** The pace at which an instance works: a change with which it finishes far less is not better, however fast each execution is. */
import type { ArmSamples, Sample } from '../../model/trial.ts'
import { normalCdf } from '../statistics/normal.ts'
import { computePauseThresholdMs, isPlausiblePauseCount } from '../statistics/pauses.ts'
import { mean } from '../statistics/summaries.ts'

/** Share of the work that may be missing. */
const TOLERATED = 0.25
/** One-sided p-value at which some is missing. */
const IMPROBABLE = 0.005
/** Blocks of the past that show how the pace varies without a change: at least, and at most. */
const [MIN_BLOCKS, MAX_BLOCKS] = [5, 30]
/** Fewer executions of a block, or with the change, say nothing. */
const MIN_EXECUTIONS = 20
/** A Poisson process as the prior of that variation counts as this many blocks. */
const PRIOR = 2
/** A trial of between an hour and a day has a different share of quiet hours from its past: its pace is compared with the slowest there. */
const [RHYTHM_FROM_MS, RHYTHM_TO_MS] = [3_600_000, 24 * 3_600_000]

/**
 * Compares the time between executions since a change with that in blocks of as many executions before it; the newest third of the past
 * counts by itself too, because work comes and goes. Null while there is too little to tell.
 * @returns the share of the executions that is missing, if that is clearly more than is tolerated; otherwise 0
 */
export function createExecutionRateMeter(history: ArmSamples): (since: ArmSamples) => { missing: number } | null {
  return ({ control, candidate }) => {
    const past = measureGaps([...history.control, ...control])
    const now = measureGaps(candidate)
    const size = Math.min(now.length, Math.floor(past.length / MIN_BLOCKS))
    if (size < MIN_EXECUTIONS) return null
    const spanMs = now.reduce((sum, gap) => sum + gap, 0)
    const mayBeQuiet = spanMs > RHYTHM_FROM_MS && spanMs < RHYTHM_TO_MS
    const limit = computePauseThresholdMs(past)
    const meanGap = (gaps: readonly number[]) => {
      const working = gaps.filter((gap) => gap <= limit)
      // Too many to be pauses are how the instance works; each then counts as the longest gap.
      return mean(isPlausiblePauseCount(gaps.length - working.length) ? working : gaps.map((gap) => Math.min(gap, limit)))
    }
    const count = Math.min(MAX_BLOCKS, Math.floor(past.length / size))
    const blocks = Array.from({ length: count }, (_, i) =>
      meanGap(past.slice(past.length - (i + 1) * size, past.length - i * size)),
    )
    if (blocks.some((gap) => gap <= 0)) return null
    const recent = mean(blocks.slice(0, Math.ceil(count / 3)))
    const usual = mayBeQuiet ? Math.max(...blocks) : Math.max(mean(blocks), recent)
    const logs = blocks.map(Math.log)
    const center = mean(logs)
    const squares = logs.reduce((sum, log) => sum + (log - center) ** 2, PRIOR / size)
    const deviation = Math.sqrt((squares / (count - 1 + PRIOR)) * (1 + 1 / count))
    const slower = Math.log(meanGap(now) / usual)
    const missing = -Math.expm1(-slower)
    return { missing: missing >= TOLERATED && normalCdf(-slower / deviation) < IMPROBABLE ? missing : 0 }
  }
}

/** Milliseconds between executions, the newest last. */
function measureGaps(samples: readonly Sample[]): number[] {
  const times = samples.map(({ at }) => at).sort((a, b) => a - b)
  return times.slice(1).map((at, index) => at - times[index]!)
}
