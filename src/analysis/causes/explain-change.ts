import type { ChangeEvent } from '../../model/change-event.ts'
import { formatDuration } from '../../model/format.ts'
import type { ChangePoint } from './change-points.ts'
import { listOccurrences, type Occurrence, summarizeOccurrence } from './occurrences.ts'

export interface ExplainedChange {
  /** Undefined for what nobody recorded. */
  event: ChangeEvent | undefined
  /** 0–1; they sum to 1. */
  probability: number
  why: string
}

const minute = 60_000
/** How likely a kind is to change a metric at all, and how long that takes on average. Alerts tend to follow changes rather than cause them. */
const kinds = {
  configuration: { weight: 1, delayMs: 5 * minute },
  deploy: { weight: 1, delayMs: 10 * minute },
  restart: { weight: 0.6, delayMs: 3 * minute },
  alert: { weight: 0.1, delayMs: 10 * minute },
}
/** Weight of events of a component that this one depends on, and of any other. */
const [dependency, unrelated] = [0.5, 0.05]
/** Unrecorded causes are as likely as one configuration change in this time. */
const unrecordedEveryMs = 6 * 60 * minute

/**
 * The events that may have caused a change, most likely first: Bayes' theorem with a delay that is exponentially distributed
 * for each kind of event, over all moments at which the change may have happened. Unrecorded events are among them. Restarts of a
 * component that lie together are one event, or the effect of a deployment or version just before.
 * @param dependencies the components that the changed one calls, directly or not
 */
export function explainChange(
  change: ChangePoint,
  component: string,
  events: readonly ChangeEvent[],
  dependencies: ReadonlySet<string> = new Set(),
): ExplainedChange[] {
  const near = (affected: string | undefined) => {
    if (affected === undefined || affected === component) return 1
    return dependencies.has(affected) ? dependency : unrelated
  }
  const weigh = ({ event: { kind }, effects }: Occurrence) =>
    kinds[kind].weight * Math.max(...effects.map((effect) => near(effect.component) * expectDensity(change, kind, effect.at)))
  const weighted = listOccurrences(events).map((occurrence) => ({ occurrence, weight: weigh(occurrence) }))
  const total = weighted.reduce((sum, { weight }) => sum + weight, 1 / unrecordedEveryMs)
  const unrecorded = { event: undefined, probability: 1 / unrecordedEveryMs / total, why: 'An event that was not recorded.' }
  return [
    ...weighted.map(({ occurrence, weight }) => {
      const event = summarizeOccurrence(occurrence)
      return { event, probability: weight / total, why: say(change, event) }
    }),
    unrecorded,
  ].sort((a, b) => b.probability - a.probability)
}

/** The probability density, per millisecond, that the event shows at the moment of the change. */
function expectDensity({ moments }: ChangePoint, kind: ChangeEvent['kind'], at: number): number {
  const { delayMs } = kinds[kind]
  return moments.reduce((sum, moment) => {
    const delay = moment.at - at
    return sum + (delay < 0 ? 0 : (moment.probability * Math.exp(-delay / delayMs)) / delayMs)
  }, 0)
}

function say(change: ChangePoint, { at, kind, component, description }: ChangeEvent): string {
  const names = { configuration: 'Configuration', deploy: 'Deploy', restart: 'Restart', alert: 'Alert' }
  const subject = component === undefined ? description : `${description} of ${component}`
  const when =
    at <= change.at ? `${formatDuration(change.at - at)} before the change` : `${formatDuration(at - change.at)} after it`
  return `${names[kind]} ${subject}, ${when}.`
}
