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

/** So many executions of the smaller arm tell how its instances differ from the others. */
const ENOUGH = 100
/** So many executions of the control tell the level of its times. */
const LEAST_FOR_LEVEL = 20

/**
 * For a trial beside a control: what tells how unlike the instances are by nature. That is what they did under the
 * `baseline` (versions with the same content); where they hardly ran it together, since it was proven only just before, it is what they did
 * under the version that they shared longest, with times brought to the baseline's level.
 */
export function selectSharedHistory<E extends Versioned & { durationMs: number }, N extends Versioned>(
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

/** Of the smaller arm, in the time in which both were at work. */
function sharedExecutions({ control, candidate }: ArmHistories<Timed, unknown>): number {
  const start = Math.max(control.executions[0]?.at ?? Infinity, candidate.executions[0]?.at ?? Infinity)
  const end = Math.min(control.executions.at(-1)?.at ?? -Infinity, candidate.executions.at(-1)?.at ?? -Infinity)
  const within = ({ executions }: Past<Timed, unknown>) => executions.filter(({ at }) => at >= start && at <= end).length
  return Math.min(within(control), within(candidate))
}

const meanLog = (executions: readonly { durationMs: number }[]) => mean(executions.map(({ durationMs }) => Math.log(durationMs)))
