import { describeDrift, type KnobDrift } from '../../model/drift.ts'

/**
 * Why a trial cannot be judged because all instances of an arm run with values other than those of their version, as a clause; undefined
 * if it can. Those of an arm that do not drift are enough.
 * @param arms the live instances
 */
export function findDriftProblem(
  arms: Record<'control' | 'candidate', readonly string[]>,
  drifting: readonly { instanceId: string; drift: readonly KnobDrift[] }[],
): string | undefined {
  for (const arm of ['control', 'candidate'] as const) {
    const found = arms[arm].map((id) => drifting.find(({ instanceId }) => instanceId === id))
    if (found.length === 0 || found.includes(undefined)) continue
    const each = found.map((instance) => `${instance!.instanceId} has ${describeDrift(instance!.drift)}`)
    return `every ${arm} instance has drifted from its version: ${each.join('; ')}`
  }
  return undefined
}
