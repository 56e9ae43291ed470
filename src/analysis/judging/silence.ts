import type { ArmSamples, Sample } from '../../model/trial.ts'

/** The prior that a candidate instance works as much as a control instance counts as this many samples. */
const PRIOR = 8
/** Log probability below which a silence is not due to chance. */
const IMPROBABLE = -15
/** It must also be this many times as long as the longest known one: work comes in bursts. */
const LONGER = 3
/** Milliseconds by which a report may be late: reports come in batches and are sent again after a failure. */
const LATE_MS = 10_000

/**
 * Whether the candidate fell silent, or never reported, while the control kept working. The candidate's samples per control sample
 * have a gamma posterior, from the history and from the samples before the silence, so the fewer samples are known, the longer a
 * silence must be (gamma-Poisson predictive distribution).
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

/** Whether the missing samples may still arrive. */
function isLate({ control, candidate }: ArmSamples): boolean {
  const times = (samples: readonly Sample[]) => samples.map(({ at }) => at)
  const heardLast = Math.max(...times(candidate), Math.min(...times(control)))
  return Math.max(...times(control)) - heardLast < LATE_MS
}
