import { isSameValue } from '../../../model/knob.ts'
import type { Observation, TunerObjective } from '../../tuning/index.ts'

/** Number of newest lineages whose first and best observations have precedence. */
const OUTLINED = 6
/** Number of harmful changes selected for each knob. */
const WARNINGS = 2
/** An observation worse by this share counts as harm. */
const HARM = 0.15

/**
 * The most informative observations of other lineages: the first and the best of the newest lineages; for each knob, the latest ones
 * in which turning it did harm, however old, so that not every agent tries it once; then the rest, newest first.
 * @param lineages the newest first, each in the order in which it was measured
 */
export function selectInformativeObservations(
  lineages: readonly Observation[][],
  { metric, direction }: TunerObjective,
  most: number,
): Observation[] {
  const sign = direction === 'minimize' ? 1 : -1
  const cost = (each: Observation) => (each.failed ? Infinity : sign * each.metrics[metric]!.value)
  const outlines = lineages.map(([first, ...rest]) =>
    rest.length === 0 ? [first!] : [first!, rest.reduce((best, each) => (cost(each) < cost(best) ? each : best))],
  )
  const [newest, older] = [outlines.slice(0, OUTLINED), outlines.slice(OUTLINED)]
  const all = [...newest.flat(), ...warnings(lineages, cost), ...older.flat(), ...lineages.flat()]
  return [...new Set(all)].slice(0, most)
}

function warnings(lineages: readonly Observation[][], cost: (each: Observation) => number): Observation[] {
  const known = new Map<string, number>()
  return lineages.flatMap((lineage) => {
    let best = lineage[0]!
    return lineage.filter((each) => {
      const worse = cost(each) - cost(best)
      if (worse < 0) best = each
      if (worse <= HARM * Math.abs(cost(best))) return false
      const turned = Object.keys(each.configuration).filter(
        (knob) => !isSameValue(each.configuration[knob], best.configuration[knob]),
      )
      const isNews = turned.some((knob) => (known.get(knob) ?? 0) < WARNINGS)
      if (isNews) for (const knob of turned) known.set(knob, (known.get(knob) ?? 0) + 1)
      return isNews
    })
  })
}
