/** Configurations near the incumbent that might be worth a trial. */
import type { Random } from '../../statistics/random.ts'
import type { Coordinate } from '../space/dimension.ts'
import type { Point, Space } from '../space/space.ts'
import type { Room } from './room.ts'

/** Knobs that are turned at once, at most: people have to be able to read a change. */
const MOST = 6

/** Several knobs at once by small steps teach more, and do less harm, than one by a large one. */
export function moves(
  space: Space,
  { free, most, confined }: Room,
  from: Point,
  start: Point,
  reach: number,
  count: number,
  random: Random,
): Point[] {
  const atOnce = Math.min(free.length, most, MOST)
  return Array.from({ length: count }, () => {
    const step = reach * Math.sqrt(random.uniform())
    const point: Coordinate[] = [...from]
    for (const knob of some(1 + random.below(atOnce), free, random))
      point[knob] = space.dimensions[knob]!.near(point[knob]!, step, random)
    return confined(space.settled(point, start))
  })
}

function some(count: number, of: readonly number[], random: Random): number[] {
  const all = [...of]
  for (let i = 0; i < Math.min(count, all.length); i++) {
    const j = i + random.below(all.length - i)
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all.slice(0, count)
}

/** The other point's knobs, and those half way there. */
export function towards(space: Space, from: Point, to: Point, start: Point): Point[] {
  const half = from.map((at, i) => space.dimensions[i]!.between?.(at as number, to[i] as number) ?? to[i]!)
  return [space.settled(to, start), space.settled(half, start)]
}
