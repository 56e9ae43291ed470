/** Configurations near the incumbent that might be worth a trial. */
import type { RandomSource } from '../../statistics/random.ts'
import type { Coordinate } from '../space/dimension.ts'
import type { KnobPoint, Space } from '../space/space.ts'
import type { SearchRegion } from './search-region.ts'

export interface SearchState {
  space: Space
  room: SearchRegion
  from: KnobPoint
  start: KnobPoint
  /** As a share of a knob's range. */
  reach: number
  /** Maximum number of knobs turned at once. */
  atOnce: number
  count: number
}

/** Several knobs at once by small steps teach more, and do less harm, than one by a large one. */
export function proposeMoves(
  { space, room: { freeKnobs: free, maxChanges, confine: confined }, from, start, reach, atOnce, count }: SearchState,
  random: RandomSource,
): KnobPoint[] {
  const most = Math.min(free.length, maxChanges, atOnce)
  return Array.from({ length: count }, () => {
    const step = reach * Math.sqrt(random.uniform())
    const point: Coordinate[] = [...from]
    for (const knob of some(1 + random.below(most), free, random))
      point[knob] = space.dimensions[knob]!.sampleNear(point[knob]!, step, random)
    return confined(space.resetInactive(point, start))
  })
}

function some(count: number, of: readonly number[], random: RandomSource): number[] {
  const all = [...of]
  for (let i = 0; i < Math.min(count, all.length); i++) {
    const j = i + random.below(all.length - i)
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all.slice(0, count)
}

/** The other point's knobs, and those halfway there. */
export function proposeMovesToward(space: Space, from: KnobPoint, to: KnobPoint, start: KnobPoint): KnobPoint[] {
  // Halfway is rounded, so a knob that the points agree on must be left out: it would be turned by its rounding.
  const half = from.map((at, i) =>
    at === to[i] ? at : (space.dimensions[i]!.between?.(at as number, to[i] as number) ?? to[i]!),
  )
  return [space.resetInactive(to, start), space.resetInactive(half, start)]
}
