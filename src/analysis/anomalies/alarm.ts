/** A score of at least this is an anomaly, in every series. */
export const anomalyThreshold = 0.5

/** Turns evidence into one alarm per event. */
export interface Alarm {
  /** How far the evidence must exceed the limit because little is known: far at first. */
  inexperience: number
  /** How much farther it must exceed it because of the latest alarms. */
  raised: number
  /** Points until the next alarm is possible. */
  rest: number
  /** By view: the surprise that continued after an alarm. It is known, so only what exceeds it is evidence; it fades. */
  known: number[]
}

/** Evidence from which there is an alarm, without any caution. */
export const alarmEvidenceThreshold = 2.6
const restPoints = 100
const firstInexperience = 2
const inexperienceDecay = 0.5 ** (1 / 3000)
/** An alarm that was barely raised is often chance, and more like it follow soon: it raises the bar by this. A certain alarm raises it by less. */
const raise = 2.5
const raiseDecay = 0.5 ** (1 / 600)
/** How fast a surprise becomes known after an alarm, and how fast that fades. */
const learningRate = 0.05
const knownDecay = 0.5 ** (1 / 2000)
/** The weight of each surprise relative to the next larger one. */
const overlap = 0.75
/** The part of a surprise that is not evidence: one value in sixteen is as surprising. */
const ordinary = 1.2
/** The largest score that is not an alarm; it grows with the evidence. */
const quietScore = 0.04

export function createAlarm(views: number): Alarm {
  return { inexperience: firstInexperience, raised: 0, rest: 0, known: new Array<number>(views).fill(0) }
}

/** The new surprises of a point, by view: a level that goes on raises no second alarm. Then learns them. */
export function findNewSurprises({ known, rest }: Alarm, surprises: readonly number[]): number[] {
  return surprises.map((surprise, view) => {
    known[view] = rest > 0 ? known[view]! + learningRate * (surprise - known[view]!) : known[view]! * knownDecay
    return surprise - known[view]
  })
}

/**
 * The combined evidence of all views: the strongest counts fully, each further one less, because views overlap. The first two concern only the
 * latest value, and count as one.
 */
export function combineEvidence(surprises: readonly number[]): number {
  const counted = surprises.slice(1)
  counted[0] = Math.max(surprises[0]!, surprises[1]!)
  let weight = 1
  let evidence = 0
  for (const surprise of counted.filter((s) => s > ordinary).sort((a, b) => b - a)) {
    evidence += weight * (surprise - ordinary)
    weight *= overlap
  }
  return evidence
}

/** The score of a point, 0 to 1. @param caution how much stronger than usual the evidence must be, unless the detector itself requires more */
export function scoreEvidence(alarm: Alarm, evidence: number, caution = 0): number {
  alarm.inexperience *= inexperienceDecay
  alarm.raised *= raiseDecay
  alarm.rest = Math.max(0, alarm.rest - 1)
  const excess = evidence - alarmEvidenceThreshold - Math.max(alarm.inexperience + alarm.raised, caution)
  if (alarm.rest > 0 || excess < 0) return (quietScore * Math.min(evidence, 50)) / 50
  alarm.raised += raise / (1 + excess)
  alarm.rest = restPoints
  return anomalyThreshold + (1 - anomalyThreshold) * (excess / (excess + 10))
}
