/** Old figures are shown, but nothing follows from them (C7). */
import type { AgentProfile, Origin } from './profile.ts'

/** Where a figure of a profile comes from; undefined if it has none, or in a snapshot of an earlier release. */
export function findFigureOrigin(profile: AgentProfile, figure: string): Origin | undefined {
  const { origins = [] } = profile as Partial<AgentProfile>
  return origins.find(({ figures }) => figures.includes(figure))
}

/** The profile without the figures that are too old to lead to anything: they count as not reported, and no execution as measured. */
export function keepCurrentFigures(profile: AgentProfile): AgentProfile {
  const { origins = [] } = profile as Partial<AgentProfile>
  const old = new Set(origins.filter(({ isCurrent }) => !isCurrent).flatMap(({ figures }) => figures))
  if (old.size === 0) return profile
  const without = <Values extends object>(values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !old.has(name))) as Values
  const cleared = Object.fromEntries([...old].filter((name) => name in profile).map((name) => [name, null]))
  return {
    ...profile,
    ...cleared,
    decisionCount: old.has('decisionCount') ? 0 : profile.decisionCount,
    metrics: without(profile.metrics),
    selfReport: profile.selfReport && without(profile.selfReport),
  }
}
