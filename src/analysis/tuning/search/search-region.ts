/** The region in which the next trial may move the knobs. */
import { clamp } from '../../statistics/summaries.ts'
import type { Coordinate } from '../space/dimension.ts'
import type { KnobPoint, Space } from '../space/space.ts'

export interface ValueBounds {
  min?: number
  max?: number
  /** Of an enum, those that may be tried. */
  values?: readonly string[]
}

/** The restrictions on the next trial (see `ask-options.ts`). */
export interface SearchRequest {
  /** By the names of the knobs that may be turned; if omitted, all may. */
  turnable?: ReadonlyMap<string, ValueBounds>
  maxChanges?: number
  mayCopy?: boolean
}

export interface SearchRegion {
  mayCopy: boolean
  /** Indexes of the knobs that may be turned. */
  freeKnobs: readonly number[]
  /** Maximum number of them to turn away from the start. */
  maxChanges: number
  /** The nearest point whose other knobs are as at the start, whose numbers are within the bounds, and whose enums may be tried. */
  confine(point: KnobPoint): KnobPoint
  /** Whether a point turns no more of them than that. */
  allows(point: KnobPoint): boolean
}

export function createSearchRegion(
  space: Space,
  start: KnobPoint,
  { turnable, maxChanges = Infinity, mayCopy = true }: SearchRequest,
): SearchRegion {
  const all = space.knobs.map((_, i) => i)
  const free = turnable ? all.filter((i) => turnable.has(space.knobs[i]!.name)) : all
  const bounds = space.knobs.map((knob, i) => {
    const { min, max, values } = turnable?.get(knob.name) ?? {}
    const place = (value: number | undefined, otherwise: number) =>
      value === undefined ? otherwise : (space.dimensions[i]!.encode(value) as number)
    const allowed = values && new Set(values.map(space.dimensions[i]!.encode))
    return { low: place(min, -Infinity), high: place(max, Infinity), allowed }
  })
  function within(at: Coordinate, i: number): Coordinate {
    const { low, high, allowed } = bounds[i]!
    if (allowed) return allowed.has(at) ? at : start[i]!
    return typeof at === 'number' ? clamp(at, low, high) : at
  }
  return {
    freeKnobs: free,
    mayCopy,
    maxChanges: maxChanges,
    confine(point) {
      if (!turnable) return point
      const confined: Coordinate[] = [...start]
      for (const i of free) confined[i] = within(point[i]!, i)
      return space.resetInactive(confined, start)
    },
    allows: (point) => space.differingKnobs(point, start).length <= maxChanges,
  }
}
