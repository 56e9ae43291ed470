import type { TrialDesign } from '../../model/trial.ts'

export interface ArmAssignment {
  design: TrialDesign
  candidate: string[]
  control: string[]
}

/**
 * Which instances try the change (design, *Plan*). One candidate for every three instances leaves most users
 * untouched; a single instance can only be compared with its own past. The trial's id decides who, so that
 * no instance is always the one.
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

/**
 * Which instances of the control take over the change when it is widened to half of those that live, rounded up, so that
 * at least one goes on as the control. None where half of them run with it already.
 */
export function selectWideningInstances(
  { candidate, control }: Pick<ArmAssignment, 'candidate' | 'control'>,
  live: readonly string[],
): string[] {
  const having = candidate.filter((instance) => live.includes(instance)).length
  const lacking = control.filter((instance) => live.includes(instance))
  const joining = Math.min(Math.ceil((having + lacking.length) / 2) - having, lacking.length - 1)
  return lacking.slice(0, Math.max(0, joining))
}
