import type { Clue } from './diagnosis-context.ts'
import type { ComponentEvidence } from './evidence.ts'
import type { ComponentSeries } from './input.ts'

/** The clue to show: the largest change, preferring one that moves with the symptom. */
export function chooseClue(clues: readonly Clue[], symptom: ComponentSeries): Clue {
  const isSymptom = (clue: Clue) => clue.component === symptom.component && clue.metric === symptom.metric
  const telling = (clue: Clue) =>
    (clue.size + (clue.change.lost ? 1 : 0)) * (0.5 + clue.correlation) - (isSymptom(clue) ? 0.01 : 0)
  return clues.reduce((best, clue) => (telling(clue) > telling(best) ? clue : best))
}

/** The weight from which a recorded change is mentioned, 0–1. */
const worthMentioning = 0.2

/** "cpu of analyzer rose from 21 to 88 and moves with the symptom (correlation 0.93); the chain of slow or failing calls ends there." */
export function describeEvidence(
  { component, clues, features, trigger }: ComponentEvidence,
  clue: Clue,
  symptom: ComponentSeries,
): string {
  const parts = [describeClue(clue)]
  if (clue.metric !== symptom.metric || component !== symptom.component) {
    const shared = describeCorrelation(clue)
    if (shared) parts.push(`${shared} the symptom (correlation ${clue.correlation.toFixed(2)})`)
  }
  const position = describePosition(features)
  const lost = clues.filter(({ change }) => change.lost && clue.change !== change).map(({ metric }) => metric)
  const silent = lost.length > 0 ? `; nothing reports ${lost.join(', ')} any more` : ''
  const before = features.changed >= worthMentioning ? `; ${trigger!.change.description} came shortly before` : ''
  return `${parts.join(' and ')}${position}${silent}${before}.`
}

/** Nothing of what has changed, as the symptom has, but for so few points that the correlation is still small. */
function describeCorrelation({ correlation, change }: Clue): string | undefined {
  if (correlation >= 0.5) return 'moves with'
  if (correlation >= 0.2) return 'moves partly with'
  return hasChanged(change) ? undefined : 'hardly moves with'
}

const hasChanged = ({ lost, onset, deviation }: Clue['change']) => lost || onset !== undefined || deviation >= 3

function describeClue({ component, metric, change }: Clue): string {
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
  return beyondChain > 0.5 ? '; everything that leads to it is worse, but not the metrics of its own service' : ''
}

const format = (value: number) => String(Number(value.toPrecision(3)))
