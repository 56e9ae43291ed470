/** Old values are shown but not acted on (C7). */
import type { AgentProfile, FigureOrigin } from './profile.ts'

/** Where a value of a profile comes from; undefined if unknown, or in a snapshot of an earlier release. */
export function findFigureOrigin(profile: AgentProfile, figure: string): FigureOrigin | undefined {
  const { origins = [] } = profile as Partial<AgentProfile>
  return origins.find(({ figures }) => figures.includes(figure))
}

/** The profile without the values that are too old to act on: they count as not reported, and no execution as measured. */
export function omitOutdatedFigures(profile: AgentProfile): AgentProfile {
  const { origins = [] } = profile as Partial<AgentProfile>
  if (origins.every(({ isCurrent }) => isCurrent)) return profile
  // Self-reports have figures of their own that share a name with others, such as the success rate.
  const [reported, others] = [listByFigure(origins, true), listByFigure(origins, false)]
  const isReportOld = (figure: string) => reported.get(figure)?.isCurrent === false
  const isOld = (figure: string) => (others.get(figure) ?? reported.get(figure))?.isCurrent === false
  const figures = origins.flatMap((origin) => origin.figures)
  const cleared = Object.fromEntries(figures.filter((figure) => figure in profile && isOld(figure)).map((name) => [name, null]))
  return {
    ...profile,
    ...cleared,
    decisionCount: isOld('decisionCount') ? 0 : profile.decisionCount,
    metrics: omit(profile.metrics, isOld),
    selfReport: profile.selfReport && omit(profile.selfReport, isReportOld),
  }
}

const listByFigure = (origins: readonly FigureOrigin[], isSelfReport: boolean): ReadonlyMap<string, FigureOrigin> =>
  new Map(
    origins
      .filter(({ source }) => (source === 'self-report') === isSelfReport)
      .flatMap((origin) => origin.figures.map((figure) => [figure, origin] as const)),
  )

const omit = <Values extends object>(values: Values, isOmitted: (name: string) => boolean): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !isOmitted(name))) as Values
