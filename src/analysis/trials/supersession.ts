import { isSameValue, type KnobValues } from '../../model/knob.ts'
import { truncateToBytes } from '../../model/text.ts'

/** One sentence for each setting repeats it. */
const longestReasonBytes = 150

/** A version that came into force, and why. */
export interface LaterVersion {
  version: number
  values: KnobValues
  reason: string
}

/**
 * Sentences about the settings of a version that are no longer in force because somebody has changed them since, by knob.
 * @param later the versions that came into force after it, oldest first; the last one is in force
 */
export function describeSupersededSettings(wanted: KnobValues, later: readonly LaterVersion[]): Map<string, string> {
  const inForce = later.at(-1)?.values ?? wanted
  const lost = Object.keys(wanted).filter((name) => !isSameValue(wanted[name], inForce[name]))
  return new Map(
    lost.map((name) => {
      const { version, reason } = later.find(({ values }) => !isSameValue(values[name], wanted[name]))!
      return [name, `${name} is superseded by version ${version} (${truncateToBytes(reason, longestReasonBytes)})`]
    }),
  )
}
