import { createSharedPeriodFilter } from '../judging/samples.ts'
import { mean } from '../statistics/summaries.ts'

interface Timed {
  at: number
}
interface Versioned extends Timed {
  version: number
}
interface Executed extends Versioned {
  instance: string
  durationMs: number
}
interface Past<E, N> {
  executions: E[]
  negotiations: N[]
}
export interface ArmHistories<E, N> {
  control: Past<E, N>
  candidate: Past<E, N>
}

/** Executions of the smaller arm needed to know how its instances differ from the others. */
const ENOUGH = 100
/** Executions of the control needed to know the level of its times. */
const MIN_FOR_LEVEL = 20

/**
 * For a trial with a control: the history that shows how the instances inherently differ. It consists of their executions under the
 * `baseline` (versions with the same content) while none of them ran with another version, as some did in an earlier trial: only then
 * do they show how much work each gets. If they hardly ran it together, because it was proven only just before, it consists of those
 * under the version that they shared longest, with times adjusted to the baseline's level.
 */
export function sharedPast<E extends Executed, N extends Versioned>(
  past: ArmHistories<E, N>,
  baseline: readonly number[],
): ArmHistories<E, N> {
  const own = selectTogether(past, baseline)
  if (sharedExecutions(own) >= ENOUGH) return own
  const versions = new Set(past.control.executions.map(({ version }) => version))
  const others = [...versions].filter((version) => !baseline.includes(version)).map((version) => selectTogether(past, [version]))
  const longest = others.reduce((best, other) => (sharedExecutions(other) > sharedExecutions(best) ? other : best), own)
  const present = past.control.executions.filter(({ version }) => baseline.includes(version))
  if (longest === own || present.length < MIN_FOR_LEVEL) return own
  const meanLog = createMeanLog([...present, ...longest.control.executions])
  const ratio = Math.exp(meanLog(present) - meanLog(longest.control.executions))
  const brought = ({ executions, negotiations }: Past<E, N>) => ({
    executions: executions.map((execution) => ({ ...execution, durationMs: execution.durationMs * ratio })),
    negotiations,
  })
  return { control: brought(longest.control), candidate: brought(longest.candidate) }
}

/** The work of the arms with these versions while none of their instances ran with another. */
function selectTogether<E extends Executed, N extends Versioned>(
  { control, candidate }: ArmHistories<E, N>,
  versions: readonly number[],
) {
  const isOther = ({ version }: Versioned) => !versions.includes(version)
  const periods = [control, candidate].flatMap(({ executions }) => findPeriods(executions, isOther))
  const isApart = ({ at }: Timed) => periods.some(({ after, before }) => at > after && at < before)
  const of = ({ executions, negotiations }: Past<E, N>) => ({
    executions: executions.filter((execution) => !isOther(execution) && !isApart(execution)),
    negotiations: negotiations.filter((negotiation) => !isOther(negotiation) && !isApart(negotiation)),
  })
  return { control: of(control), candidate: of(candidate) }
}

interface Period {
  /** The last moment before it, ms. */
  after: number
  /** The first moment behind it, ms. */
  before: number
}

/** The periods in which an instance did nothing but what `isOther` names, between two executions of the rest. */
function findPeriods<E extends Executed>(executions: readonly E[], isOther: (execution: E) => boolean): Period[] {
  const periods: Period[] = []
  for (const own of Map.groupBy(executions, ({ instance }) => instance).values()) {
    let after = Number.NEGATIVE_INFINITY
    let isWithin = false
    for (const execution of own.toSorted((a, b) => a.at - b.at)) {
      if (isOther(execution)) isWithin = true
      else {
        if (isWithin) periods.push({ after, before: execution.at })
        isWithin = false
        after = execution.at
      }
    }
    if (isWithin) periods.push({ after, before: Number.POSITIVE_INFINITY })
  }
  return periods
}

/** The count of the smaller arm, in the time in which both were working. */
function sharedExecutions({ control, candidate }: ArmHistories<Timed, unknown>): number {
  const isShared = createSharedPeriodFilter(control.executions, candidate.executions)
  return Math.min(control.executions.filter(isShared).length, candidate.executions.filter(isShared).length)
}

/** The mean log of times. A time of 0, which a clock rounded down, counts as half of the smallest one above it. */
function createMeanLog(all: readonly { durationMs: number }[]) {
  const smallest = Math.min(...all.flatMap(({ durationMs }) => (durationMs > 0 ? [durationMs] : []))) / 2
  const log = ({ durationMs }: { durationMs: number }) => (Number.isFinite(smallest) ? Math.log(durationMs || smallest) : 0)
  return (executions: readonly { durationMs: number }[]) => mean(executions.map(log))
}
