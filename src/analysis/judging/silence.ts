import type { ArmSamples, Sample } from '../../model/trial.ts'

/** Until more is known, an instance of the candidate works as much as one of the control, as if these many samples said so. */
const PRIOR = 8
/** A silence this improbable (log) is not chance. */
const IMPROBABLE = -15
/** ... if it is also this many times the longest known one: work comes in bursts. */
const LONGER = 3
/** Reports come in batches, and are sent again after a failure: what is late by less than this (ms) is not missing. */
const LATE_MS = 10_000

/**
 * Whether the candidate fell silent, or never spoke, while the control went on working. The candidate's samples per sample
 * of the control are believed to be gamma distributed, from the history and from what came before the silence, so
 * that the fewer samples are known, the longer a silence must be (gamma-Poisson predictive distribution).
 */
export function createSilenceDetector(history: ArmSamples): (since: ArmSamples) => { missing: number } | null {
  const past = stretches(history)
  const known = new Set(history.control.map((sample) => sample.instance))
  return (since) => {
    const present = stretches(since)
    const silence = present.pop()!
    const controls = known.size || new Set(since.control.map((sample) => sample.instance)).size
    const heard = PRIOR + history.candidate.length + since.candidate.length
    const meanwhile = PRIOR * controls + history.control.length + since.control.length - silence
    const missing = Math.floor((silence * heard) / meanwhile)
    const improbable = -heard * Math.log1p(silence / meanwhile) < IMPROBABLE
    return improbable && !isLate(since) && silence > LONGER * Math.max(...past, ...present, 0) ? { missing } : null
  }
}

/** Numbers of control samples before, between and after those of the candidate. */
function stretches({ control, candidate }: { control: readonly Sample[]; candidate: readonly Sample[] }): number[] {
  const lengths: number[] = []
  let from = 0
  for (const at of [...candidate.map((sample) => sample.at), Infinity]) {
    let to = from
    while (to < control.length && control[to]!.at <= at) to++
    lengths.push(to - from)
    from = to
  }
  return lengths
}

/** Whether what is missing may still be on its way. */
function isLate({ control, candidate }: ArmSamples): boolean {
  const times = (samples: readonly Sample[]) => samples.map(({ at }) => at)
  const heardLast = Math.max(...times(candidate), Math.min(...times(control)))
  return Math.max(...times(control)) - heardLast < LATE_MS
}
