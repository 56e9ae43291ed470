import { formatRatio } from '../../model/format.ts'
import { createFunctionIdentifier, type StackProfile } from '../../model/stack-profile.ts'
import { computeFunctionShares } from './functions.ts'
import { formatFrame } from './report.ts'

/** The minimum share that a function must have gained, a ratio of the whole profile. */
const minGain = 0.1

/**
 * The function whose own share of a profile grew by most since the previous one: "new hotspot parse (src/a.ts:7), 34% of its CPU time, up from
 * 2%"; undefined if none grew by a tenth of the whole.
 */
export function findNewHotspot(profile: StackProfile, previous: StackProfile): string | undefined {
  const keyOf = createFunctionIdentifier([profile, previous])
  const before = computeFunctionShares(previous, keyOf)
  const grown = [...computeFunctionShares(profile, keyOf)]
    .map(([key, { frame, selfRatio }]) => ({ frame, selfRatio, earlier: before.get(key)?.selfRatio ?? 0 }))
    .filter(({ selfRatio, earlier }) => selfRatio - earlier >= minGain)
    .toSorted((a, b) => b.selfRatio - b.earlier - (a.selfRatio - a.earlier))[0]
  if (!grown || before.size === 0) return undefined
  const { frame, selfRatio, earlier } = grown
  return `new hotspot ${formatFrame(frame)}, ${formatRatio(selfRatio, 2)} of its CPU time, up from ${formatRatio(earlier, 2)}`
}
