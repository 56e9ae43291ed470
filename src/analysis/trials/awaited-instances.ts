/**
 * The instances that a change of configuration waits for.
 *
 * | change | waits for | until |
 * |---|---|---|
 * | a trial begins | its candidates | each confirms or falls silent; at least one has to confirm |
 * | a proven change goes to half | the instances that join | the same |
 * | it goes to all | the live instances | the same; a silent one gets the change when it answers |
 * | a trial is rolled back, a person restores or sets | the instances that could run with other values when it was decided | each confirms, or is gone |
 *
 * An instance that registers later starts with the configuration in force, so nobody waits for it.
 */
import type { KnobDrift } from '../../model/drift.ts'
import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import type { Liveness } from '../../model/liveness.ts'

/** An instance: the version that it should run with, and the configuration that it last reported. */
export interface InstanceState {
  instanceId: string
  liveness: Liveness
  assignedVersion: number
  effectiveVersion: number | null
  /** The knobs whose values in force differ from those of that version; null if there are none. */
  drift: readonly KnobDrift[] | null
}

/**
 * The instances that may run with values other than these, and must therefore confirm them: all except those that have reported
 * the version they should run with, if it has the same values, and those that are gone.
 * @param valuesByVersion of the versions that instances should run with
 */
export function selectAwaitedInstances(
  instances: readonly InstanceState[],
  values: KnobValues,
  valuesByVersion: ReadonlyMap<number, KnobValues>,
): string[] {
  const runsWithThem = ({ assignedVersion, effectiveVersion, drift }: InstanceState) => {
    const assigned = valuesByVersion.get(assignedVersion)
    return effectiveVersion === assignedVersion && !drift && assigned !== undefined && isSameConfiguration(assigned, values)
  }
  return instances
    .filter((instance) => instance.liveness !== 'gone' && !runsWithThem(instance))
    .map(({ instanceId }) => instanceId)
}

/** The awaited instances by their status. */
export interface Confirmations<Instance> {
  confirmed: Instance[]
  /** They have yet to confirm. */
  pending: Instance[]
  /** They were gone first; they get the configuration if they return. */
  gone: Instance[]
}

/**
 * Sorts the awaited instances into those that have confirmed a configuration, those that still have to, and those that are gone.
 * @param awaited ids; null for every instance
 */
export function groupConfirmations<Instance extends InstanceState>(
  instances: readonly Instance[],
  awaited: readonly string[] | null,
  { version }: { version: number },
): Confirmations<Instance> {
  const sorted: Confirmations<Instance> = { confirmed: [], pending: [], gone: [] }
  for (const instance of instances) {
    if (awaited && !awaited.includes(instance.instanceId)) continue
    const { effectiveVersion, drift, liveness } = instance
    const hasConfirmed = effectiveVersion === version && !drift
    sorted[hasConfirmed ? 'confirmed' : liveness === 'gone' ? 'gone' : 'pending'].push(instance)
  }
  return sorted
}

/**
 * The number of instances that may still run with a trial's unproven values: those that were given them, unless they are gone or have
 * reported another version that they should run with since.
 */
export function countUnprovenInstances(
  trial: { candidateInstances: readonly string[]; widenedInstances: readonly string[] | null; candidateVersion: number },
  instances: readonly InstanceState[],
): number {
  const given = new Set([...trial.candidateInstances, ...(trial.widenedInstances ?? [])])
  const isUnproven = ({ instanceId, liveness, assignedVersion, effectiveVersion }: InstanceState) =>
    given.has(instanceId) &&
    liveness !== 'gone' &&
    !(assignedVersion !== trial.candidateVersion && effectiveVersion === assignedVersion)
  return instances.filter(isUnproven).length
}
