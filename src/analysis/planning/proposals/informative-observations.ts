import { isSameValue } from '../../../model/knob.ts'
import type { Objective, Observation } from '../../tuning/index.ts'

/** Courses of which the beginning and the best come before anything else. */
const OUTLINED = 6
/** Harmful changes remembered of each knob. */
const WARNINGS = 2
/** What is worse by this share did harm. */
const HARM = 0.15

/**
 * What of the others' courses says most: how the newest ones began and what was best in them; for each knob, the latest that did harm
 * when it was turned, however long ago, lest every agent try it once; then the rest, the newest first.
 * @param courses the newest first, each in the order in which it was measured
 */
export function selectInformativeObservations(
  courses: readonly Observation[][],
  { metric, direction }: Objective,
  most: number,
): Observation[] {
  const sign = direction === 'minimize' ? 1 : -1
  const cost = (each: Observation) => sign * each.metrics[metric]!.value
  const outlines = courses.map(([first, ...rest]) =>
    rest.length === 0 ? [first!] : [first!, rest.reduce((best, each) => (cost(each) < cost(best) ? each : best))],
  )
  const [newest, older] = [outlines.slice(0, OUTLINED), outlines.slice(OUTLINED)]
  const all = [...newest.flat(), ...warnings(courses, cost), ...older.flat(), ...courses.flat()]
  return [...new Set(all)].slice(0, most)
}

function warnings(courses: readonly Observation[][], cost: (each: Observation) => number): Observation[] {
  const known = new Map<string, number>()
  return courses.flatMap((course) => {
    let best = course[0]!
    return course.filter((each) => {
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
