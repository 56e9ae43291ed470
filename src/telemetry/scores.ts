import type { MetricValues } from '../model/metric-value.ts'
import type { TelemetrySettings } from '../model/telemetry.ts'
import type { Attributes } from './attributes.ts'

/** The event of the GenAI semantic conventions that has the result of an evaluation. */
export const evaluationEventName = 'gen_ai.evaluation.result'

/** The score that an evaluation gives, as a metric of what it evaluated; undefined if it is not one, or gives no number. */
export function readScore(attributes: Attributes, { evaluations }: TelemetrySettings): MetricValues | undefined {
  const name = attributes.text('gen_ai.evaluation.name')
  const value = attributes.number('gen_ai.evaluation.score.value')
  if (name === undefined || value === undefined) return undefined
  return { [Object.hasOwn(evaluations, name) ? evaluations[name]! : name]: value }
}
