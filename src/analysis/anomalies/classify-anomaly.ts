import type { AnomalyKind } from '../../model/anomaly.ts'
import { type View, views } from './views.ts'

/** The kind of anomaly that the most surprised view shows best. */
const kinds: Record<View, AnomalyKind> = {
  residual: 'spike',
  seasonalResidual: 'spike',
  shortMean: 'burst',
  longMean: 'level-shift',
  roughness: 'variance',
  repeats: 'stuck',
  missing: 'dropout',
  offset: 'drift',
  level: 'level-shift',
  fastVolatility: 'variance',
  slowVolatility: 'variance',
  dayMean: 'drift',
  seasonalVolatility: 'season',
  rhythm: 'season',
}

/**
 * The kind of an anomaly: by the view that is surprised most, except that a sudden fall to the lowest possible value is a dropout, a value that
 * is unusual only for the time of day is a change of the season, and values that vary around another level are a burst.
 */
export function classifyAnomaly(surprises: readonly number[], value: number | null, lowest: number): AnomalyKind {
  const strongest = views[surprises.indexOf(Math.max(...surprises))]!
  const of = (view: View) => surprises[views.indexOf(view)]!
  if (kinds[strongest] === 'spike' && (value === lowest || value === 0)) return 'dropout'
  if (strongest === 'seasonalResidual' && Math.max(of('residual'), of('level')) < 0.5 * of('seasonalResidual')) return 'season'
  const isElsewhere = of('shortMean') > 0.7 * of(strongest)
  return kinds[strongest] === 'variance' && isElsewhere ? 'burst' : kinds[strongest]
}
