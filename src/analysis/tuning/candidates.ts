/** The next values of one knob that are worth trying for a metric. */
import { type Knob, type KnobValue, type MetricName, refusal } from '../../model/knob.ts'
import { type Evidence, evidence, isSpent, type KnobTrial } from './evidence.ts'
import { type Direction, halfway, type LadderKnob, reordered, step } from './steps.ts'

export interface Candidate {
  knob: Knob
  from: KnobValue
  to: KnobValue
  /** Undefined where the values stand in no row. */
  direction: Direction | undefined
  /** Proven steps this way, newest last. */
  proven: KnobTrial[]
}

export interface Search {
  metric: MetricName
  /** First step, as a share of the way to the bound. */
  stepFraction: number
  /** When a change was last kept, ms since the epoch. */
  lastKeptAt: number
  /** The value that may be tried in place of `to`, undefined where none may. */
  allowed: (knob: Knob, from: KnobValue, to: KnobValue) => KnobValue | undefined
}

/** After this many setbacks one way, the way is given up until something else changes. */
const patience = 2

/** Every next value of the knob that its bounds and past trials leave open. */
export function candidates(knob: Knob, from: KnobValue, history: readonly KnobTrial[], search: Search): Candidate[] {
  if (refusal(knob, from)) return []
  const declared = declaredDirection(knob, search.metric)
  const found =
    knob.type === 'order' || (knob.type === 'enum' && declared === undefined)
      ? alternatives(knob, from)
      : ladder(knob, from, history, search, declared)
  return found.flatMap((candidate) => {
    const to = search.allowed(knob, from, candidate.to)
    return to === undefined || isSpent(to, search.metric, history, search.lastKeptAt) ? [] : [{ ...candidate, to }]
  })
}

/** The way of turning the knob that is declared to improve the metric; undefined when it is not known or there are no ways. */
export function declaredDirection(knob: Knob, metric: MetricName): Direction | undefined {
  const improves = knob.affects.find((affected) => affected.metric === metric)?.improves
  if (knob.type === 'order' || improves === undefined || improves === 'unknown') return undefined
  return improves === 'increase' ? 1 : -1
}

/** Where nothing suggests a way, any other value is as good a guess; the most different one shows most. */
function alternatives(knob: Extract<Knob, { type: 'order' | 'enum' }>, from: KnobValue): Candidate[] {
  const others = Array.isArray(from) ? reordered(from) : farthestFirst(knob.values, String(from))
  return others.map((to) => ({ knob, from, to, direction: undefined, proven: [] }))
}

function farthestFirst(values: readonly string[], from: string): string[] {
  const distance = (value: string) => Math.abs(values.indexOf(value) - values.indexOf(from))
  return values
    .filter((value) => value !== from)
    .reverse()
    .sort((a, b) => distance(b) - distance(a))
}

function ladder(
  knob: LadderKnob,
  from: KnobValue,
  history: readonly KnobTrial[],
  search: Search,
  declared: Direction | undefined,
): Candidate[] {
  const known = (direction: Direction) => evidence(knob, from, direction, search.metric, history, search.lastKeptAt)
  const towards = (direction: Direction, evidence = known(direction)): Candidate[] => {
    const to = next(knob, from, direction, evidence, search.stepFraction)
    return to === undefined ? [] : [{ knob, from, to, direction, proven: evidence.proven }]
  }
  if (declared === undefined) return [...towards(1), ...towards(-1)]
  const ahead = known(declared)
  return [...towards(declared, ahead), ...(speaksAgainst(ahead) ? towards(declared === 1 ? -1 : 1) : [])]
}

/** Trials overrule a declaration: only then the other way is tried. */
function speaksAgainst({ proven, undecided, failed }: Evidence): boolean {
  return proven.length === 0 && (failed.length > 0 || undecided.some((tried) => !isPromising(tried)))
}

/** The step this way after what is known: doubled with every success, halved after an undecided one, short of what failed. */
function next(
  knob: LadderKnob,
  from: KnobValue,
  direction: Direction,
  { proven, undecided, failed }: Evidence,
  stepFraction: number,
): KnobValue | undefined {
  if (undecided.length + failed.length >= patience) return undefined
  // Something between is only worth a trial where this way has helped before: then the best value was overshot.
  if (failed[0] !== undefined) return proven.length > 0 ? halfway(knob, from, failed[0]) : undefined
  const last = undecided.at(-1)
  const growth = 2 ** proven.length * (last ? (isPromising(last) ? 2 : 0.5) : 1)
  return step(knob, from, direction, Math.min(1, stepFraction * growth))
}

/** Undecided, but on the better side: a bolder step may show what a timid one could not. */
function isPromising({ trial }: KnobTrial): boolean {
  return (trial.improvement ?? 0) > 0
}
