import type { SeriesEvidence } from './diagnosis-context.ts'
import type { ComponentEvidence } from './evidence.ts'
import type { ComponentSeries } from './input.ts'

/** The evidence to show: the largest change, preferring one that moves with the symptom. */
export function chooseStrongestEvidence(evidence: readonly SeriesEvidence[], symptom: ComponentSeries): SeriesEvidence {
  const isSymptom = (series: SeriesEvidence) => series.component === symptom.component && series.metric === symptom.metric
  const telling = (series: SeriesEvidence) =>
    (series.size + (series.change.lost ? 1 : 0)) * (0.5 + series.correlation) - (isSymptom(series) ? 0.01 : 0)
  return evidence.reduce((best, series) => (telling(series) > telling(best) ? series : best))
}

/** The weight from which a recorded change is mentioned, 0–1. */
const worthMentioning = 0.2

/** "cpu of analyzer rose from 21 to 88 and moves with the symptom (correlation 0.93); the chain of slow or failing calls ends there." */
export function describeEvidence(
  { component, evidence, features, trigger }: ComponentEvidence,
  series: SeriesEvidence,
  symptom: ComponentSeries,
): string {
  const parts = [describeChange(series)]
  if (series.metric !== symptom.metric || component !== symptom.component) {
    const shared = describeCorrelation(series)
    if (shared) parts.push(`${shared} the symptom (correlation ${series.correlation.toFixed(2)})`)
  }
  const position = describePosition(features)
  const lost = evidence.filter(({ change }) => change.lost && series.change !== change).map(({ metric }) => metric)
  const silent = lost.length > 0 ? `; nothing reports ${lost.join(', ')} any more` : ''
  const before = features.changed >= worthMentioning ? `; ${trigger!.change.description} came shortly before` : ''
  return `${parts.join(' and ')}${position}${silent}${before}.`
}

/** Nothing of what has changed, as the symptom has, but for so few points that the correlation is still small. */
function describeCorrelation({ correlation, change }: SeriesEvidence): string | undefined {
  if (correlation >= 0.5) return 'moves with'
  if (correlation >= 0.2) return 'moves somewhat with'
  return hasChanged(change) ? undefined : 'hardly moves with'
}

const hasChanged = ({ lost, onset, deviation }: SeriesEvidence['change']) => lost || onset !== undefined || deviation >= 3

function describeChange({ component, metric, change }: SeriesEvidence): string {
  const name = `${metric} of ${component}`
  if (change.lost) return `${name} is no longer reported`
  if (!hasChanged(change)) return `${name} hardly changed`
  const verb = change.since > change.before ? 'rose' : 'fell'
  return `${name} ${verb} from ${format(change.before)} to ${format(change.since)}`
}

function describePosition({ endOfChain, beyondChain, degradedCallee, unreachable }: ComponentEvidence['features']): string {
  if (unreachable) return '; no chain of calls leads to it from the symptom'
  if (endOfChain > 0.5) return '; the chain of slow or failing calls ends there'
  if (degradedCallee > 0.5) return '; something that it calls is worse too'
  return beyondChain > 0.5 ? '; everything that leads to it is worse, but the metrics of its own service are not' : ''
}

const format = (value: number) => String(Number(value.toPrecision(3)))
