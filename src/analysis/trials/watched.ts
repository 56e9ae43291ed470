import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import type { Origin } from '../../model/origin.ts'

/**
 * Whether what a trial kept may still be watched for late harm: the agent runs with it, and no person has decided on the agent since.
 * @param since versions of the agent's configuration after the one that was kept
 */
export function isWatchable(kept: KnobValues, current: KnobValues, since: readonly { origin: Origin }[]): boolean {
  return isSameConfiguration(kept, current) && since.every(({ origin }) => origin !== 'operator')
}
