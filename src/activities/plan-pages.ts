/** The answer of `detect` in pages, because a history holds small payloads only; the whole answer stays in the database. */
import type { DetectResult, PlanPage } from '../contract/activities.ts'
import { countJsonBytes, maxPayloadBytes } from '../model/payload.ts'

/** Room for the commas and names around the entries of a page. */
const frameBytes = 200

type Entry = { strategy: PlanPage['strategies'][number] } | { pair: PlanPage['pairs'][number] }

/** Its first page, with everything else that `detect` found. */
export function getFirstPlanPage(detected: DetectResult): DetectResult {
  return { ...detected, ...getPlanPage(detected, 0) }
}

/**
 * The strategies, best first, and the pairs from an entry on that fit into one payload.
 * @param from the `next` of the page before
 */
export function getPlanPage(detected: DetectResult, from: number): PlanPage {
  const { strategies, pairs, ...others } = detected
  const entries: Entry[] = [...strategies.map((strategy) => ({ strategy })), ...pairs.map((pair) => ({ pair }))]
  let room = maxPayloadBytes - frameBytes - (from === 0 ? countJsonBytes(others) : 0)
  let end = from
  for (; end < entries.length; end++) {
    room -= countJsonBytes(entries[end])
    // A page holds at least one entry, so that there is an end.
    if (room < 0 && end > from) break
  }
  const page = entries.slice(from, end)
  return {
    strategies: page.flatMap((entry) => ('strategy' in entry ? [entry.strategy] : [])),
    pairs: page.flatMap((entry) => ('pair' in entry ? [entry.pair] : [])),
    ...(end < entries.length && { next: end }),
  }
}
