import type { Anomaly, AnomalyEvent } from '../../model/anomaly.ts'
import type { ChangeEvent } from '../../model/change-event.ts'
import { type ChangePoint, explainChange, findChangePoints } from '../causes/index.ts'

/** The minimum number of points needed to locate the moment of a change. */
const minPoints = 20
/** An event that is less probable is not mentioned. */
const worthMentioning = 0.1
const eventsShown = 3

/**
 * The probable triggers of an anomaly, most likely first. The moment is the change point of the series that is closest to its beginning.
 * @param values of the series at equal steps, the last one at `at`
 * @param dependencies the components that its component depends on
 */
export function explainOnset(
  anomaly: Pick<Anomaly, 'component' | 'since' | 'before' | 'value'>,
  { values, at, stepMs }: { values: readonly (number | null)[]; at: number; stepMs: number },
  events: readonly ChangeEvent[],
  dependencies: ReadonlySet<string>,
): AnomalyEvent[] {
  const points = values.flatMap((value, i) => (value === null ? [] : [{ at: at - (values.length - 1 - i) * stepMs, value }]))
  const changes = points.length < minPoints ? [] : findChangePoints(points)
  const nearest = changes.toSorted((a, b) => distance(a, anomaly.since) - distance(b, anomaly.since))[0]
  const change = nearest && distance(nearest, anomaly.since) <= 10 * stepMs ? nearest : createChange(anomaly)
  return explainChange(change, anomaly.component, events, dependencies)
    .flatMap(({ event, ...rest }) => (event && rest.probability >= worthMentioning ? [{ ...event, ...rest }] : []))
    .slice(0, eventsShown)
}

const distance = ({ at }: ChangePoint, since: number) => Math.abs(at - since)

/** Where no change of the distribution shows, the beginning counts. */
const createChange = ({ since, before, value }: Pick<Anomaly, 'since' | 'before' | 'value'>): ChangePoint => ({
  at: since,
  before,
  after: value ?? before,
  moments: [{ at: since, probability: 1 }],
  interval: [since, since],
})
