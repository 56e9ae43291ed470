import { createSharedPeriodFilter } from '../judging/samples.ts'
import { mean } from '../statistics/summaries.ts'

interface Timed {
  at: number
}
interface Versioned extends Timed {
  version: number
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
const LEAST_FOR_LEVEL = 20

/**
 * For a trial with a control: the history that shows how the instances inherently differ. It consists of their executions under the
 * `baseline` (versions with the same content); if they hardly ran it together, because it was proven only just before, of those
 * under the version that they shared longest, with times adjusted to the baseline's level.
 */
export function selectSharedPast<E extends Versioned & { durationMs: number }, N extends Versioned>(
  past: ArmHistories<E, N>,
  baseline: readonly number[],
): ArmHistories<E, N> {
  const own = filterByVersions(past, baseline)
  if (sharedExecutions(own) >= ENOUGH) return own
  const versions = new Set(past.control.executions.map(({ version }) => version))
  const others = [...versions]
    .filter((version) => !baseline.includes(version))
    .map((version) => filterByVersions(past, [version]))
  const longest = others.reduce((best, other) => (sharedExecutions(other) > sharedExecutions(best) ? other : best), own)
  if (longest === own || own.control.executions.length < LEAST_FOR_LEVEL) return own
  const meanLog = createMeanLog([...own.control.executions, ...longest.control.executions])
  const ratio = Math.exp(meanLog(own.control.executions) - meanLog(longest.control.executions))
  const brought = ({ executions, negotiations }: Past<E, N>) => ({
    executions: executions.map((execution) => ({ ...execution, durationMs: execution.durationMs * ratio })),
    negotiations,
  })
  return { control: brought(longest.control), candidate: brought(longest.candidate) }
}

function filterByVersions<E extends Versioned, N extends Versioned>(
  { control, candidate }: ArmHistories<E, N>,
  versions: readonly number[],
) {
  const among = ({ version }: Versioned) => versions.includes(version)
  const of = ({ executions, negotiations }: Past<E, N>) => ({
    executions: executions.filter(among),
    negotiations: negotiations.filter(among),
  })
  return { control: of(control), candidate: of(candidate) }
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
