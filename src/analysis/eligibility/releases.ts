/** A person's command that lets a knob, or all knobs of an agent, be tried again. */
export interface CooldownRelease {
  /** Null for the whole agent. */
  knob: string | null
  /** Milliseconds since the epoch. */
  at: number
}

/** When a person last released a knob, or by default the whole agent; milliseconds since the epoch, 0 for never. */
export function findReleaseTime(releases: readonly CooldownRelease[], knob: string | null = null): number {
  return Math.max(0, ...releases.filter((release) => release.knob === null || release.knob === knob).map(({ at }) => at))
}

/** The command that ends a restriction, as a clause. */
export const describeReleaseCommand = (agentId: string, knob = ''): string =>
  `npx optimizer release ${[agentId, knob].filter(Boolean).join(' ')} lifts this restriction`
