import { isSameValue, type Knob, type KnobValue, type KnobValues } from '../../model/knob.ts'
import { getScalePosition } from '../../model/knob-scale.ts'

/** A configuration of an agent that was in force. */
export interface ConfigurationRecord {
  /** Since when, milliseconds since the epoch. */
  at: number
  values: KnobValues
  /** Whether a person decided on it: by setting, restoring, keeping or rolling back. */
  byPerson?: boolean
}

/** A change of one knob's value in force. */
export interface KnobMove {
  at: number
  from: KnobValue
  to: KnobValue
  byPerson: boolean
  /** The names of all knobs that moved together, in alphabetical order. */
  moved: string[]
}

/** The moves of one knob, oldest first. @param history the agent's configurations, without those that were only tried, oldest first */
export function listKnobMoves({ name }: Knob, history: readonly ConfigurationRecord[]): KnobMove[] {
  const settings = history.filter(({ values }) => values[name] !== undefined)
  return settings.slice(1).flatMap(({ at, values, byPerson = false }, index) => {
    const before = settings[index]!.values
    const moved = Object.keys(values).filter((each) => before[each] !== undefined && !isSameValue(before[each], values[each]))
    return moved.includes(name) ? [{ at, from: before[name]!, to: values[name]!, byPerson, moved: moved.toSorted() }] : []
  })
}

/** 1 for up, -1 for down, 0 if the values have no order. */
export function getMoveDirection(knob: Knob, { from, to }: Pick<KnobMove, 'from' | 'to'>): number {
  return knob.type === 'order' ? 0 : Math.sign(getScalePosition(knob, to) - getScalePosition(knob, from))
}
