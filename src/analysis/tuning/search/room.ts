/** Where the next trial may take the knobs. */
import type { Coordinate } from '../space/dimension.ts'
import type { Point, Space } from '../space/space.ts'

/** Names of the knobs that may be turned away from the start, with the bounds of numbers where they are narrower than declared. */
export type Turnable = Record<string, { min?: number; max?: number }>

/** What the asker wants of the next trial. */
export interface Wanted {
  /** All knobs within their bounds where it is left out. */
  turnable?: Turnable
  /** Most knobs to turn away from the current configuration. */
  mostChanges?: number
  /** Whether more may be turned to do as another agent did; they may where it is left out. */
  mayCopy?: boolean
}

export interface Room {
  mayCopy: boolean
  /** Indexes of the knobs that may be turned. */
  free: readonly number[]
  /** How many of them may be turned away from the start. */
  most: number
  /** The nearest point whose other knobs are as at the start, and whose numbers are within the bounds. */
  confined(point: Point): Point
  /** Whether a point turns no more of them. */
  holds(point: Point): boolean
}

export function createRoom(space: Space, start: Point, { turnable, mostChanges = Infinity, mayCopy = true }: Wanted): Room {
  const all = space.knobs.map((_, i) => i)
  const free = turnable ? all.filter((i) => space.knobs[i]!.name in turnable) : all
  const bounds = space.knobs.map((knob, i) => {
    const { min, max } = turnable?.[knob.name] ?? {}
    const place = (value: number | undefined, otherwise: number) =>
      value === undefined ? otherwise : (space.dimensions[i]!.encode(value) as number)
    return { low: place(min, -Infinity), high: place(max, Infinity) }
  })
  const within = (at: Coordinate, { low, high }: { low: number; high: number }) =>
    typeof at === 'number' ? Math.min(high, Math.max(low, at)) : at
  return {
    free,
    mayCopy,
    most: mostChanges,
    confined(point) {
      if (!turnable) return point
      const confined: Coordinate[] = [...start]
      for (const i of free) confined[i] = within(point[i]!, bounds[i]!)
      return space.settled(confined, start)
    },
    holds: (point) => space.differing(point, start).length <= mostChanges,
  }
}
