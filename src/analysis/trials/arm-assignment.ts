import type { TrialDesign } from '../../model/trial.ts'

export interface ArmAssignment {
  design: TrialDesign
  candidate: string[]
  control: string[]
}

/**
 * Chooses the instances that try the change (design, *Plan*). One candidate for every three instances leaves most users
 * unaffected; a single instance can only be compared with its own past. The choice depends on the trial's id, so that
 * it is not always the same instance.
 * @param most candidates, at least 1
 */
export function assignArms(instanceIds: readonly string[], trialId: string, most = Number.POSITIVE_INFINITY): ArmAssignment {
  const sorted = [...instanceIds].sort()
  if (sorted.length < 2) return { design: 'before-after', candidate: sorted, control: [] }
  const first = [...trialId].reduce((hash, char) => (hash * 31 + char.charCodeAt(0)) >>> 0, 7) % sorted.length
  const rotated = [...sorted.slice(first), ...sorted.slice(0, first)]
  const candidates = Math.min(most, Math.max(1, Math.floor(sorted.length / 3)))
  return { design: 'concurrent', candidate: rotated.slice(0, candidates).sort(), control: rotated.slice(candidates).sort() }
}
