/** The model of the objective and of the constraints at any configuration. */
import { normalCdf } from '../statistics/normal.ts'
import { createRandomSource } from '../statistics/random.ts'
import { type KnownPoint, OWN_TASK } from './known.ts'
import type { KnobDistances } from './model/posterior.ts'
import { createParameterPrior, createPriorMean, type ModelParameters } from './model/prior.ts'
import { chooseMetricScale, createExcessScale, type MetricScale, type ScaledValue } from './model/scale.ts'
import { fitSurrogate } from './model/surrogate.ts'
import type { TrainingData } from './model/training-data.ts'
import type { Constraint, Objective } from './options.ts'
import type { Point, Space } from './space/space.ts'

export interface PointPrediction {
  /** Mean of the cost: the objective on its scale, lower is better. */
  mean: number
  deviation: number
  /** Probability that all constraints hold. */
  feasible: number
}

export interface ResponseModel {
  /** Fast for points that differ from `base` in few knobs. */
  predictNear(base: Point): (point: Point) => PointPrediction
  scale: MetricScale
  /** The cost of each known measurement, as if this agent had measured it. */
  measured: number[]
  /** The agent's own configurations that measured best and did not clearly violate a constraint, the best first. */
  leaders: Point[]
  /** The models' parameters, for the next random walk. */
  parameters: ModelParameters[]
}

export interface ResponseModelInputs {
  space: Space
  objective: Objective
  constraints: readonly Constraint[]
  known: readonly KnownPoint[]
}

/** Maximum number of configurations considered for the best: more would only cost time. */
const LEADERS = 20
/** Variance of the first configuration's level, which is measured. */
const OWN_LEVEL = 0.02
/** Minimum variance of a measurement: no value is known better than to 1%. */
const LEAST_NOISE = 1e-4

/** One metric's measurements on its scale, and the side that is good. */
interface MetricResponse {
  metric: string
  scaled: ScaledValue[]
  /** How far the average of another agent may be from this one's. */
  otherLevel: number
  /** Values are clipped here, so that a cliff does not distort the model around it. */
  clip: number
  /** Standard deviation of all knobs' effects together, before anything is known. */
  effects: number
  /** How much worse than the middle of a number's range its ends are assumed to be. */
  ends: number
}

export function fitResponseModel(
  evidence: ResponseModelInputs,
  seeds: readonly number[],
  parameters: ModelParameters[] | null,
): ResponseModel {
  const { space, known } = evidence
  const scale = chooseObjectiveScale(evidence)
  const cost = toScaledCosts(evidence, scale)
  const responses: MetricResponse[] = [
    { metric: evidence.objective.metric, scaled: cost, otherLevel: 4, clip: 0.7, effects: 0.7, ends: 0.25 },
    ...excesses(evidence).map((excess) => ({ ...excess, otherLevel: 0.25, clip: Infinity, effects: 1, ends: 0.125 })),
  ]
  const models = responses.map(({ metric, scaled, otherLevel, clip, effects, ends }, i) => {
    const matters = space.knobs.map(({ affects }) => !affects?.length || affects.some((each) => each.metric === metric))
    const prior = createParameterPrior(matters, effects)
    const assumed = createPriorMean(space.knobs, matters, ends)
    const beyond = scaled.map(({ value }, k) => value - assumed(known[k]!.point))
    const levels = taskLevels(beyond, known)
    const data: TrainingData = {
      tasks: known.map(({ task }) => task),
      points: known.map(({ point }) => point),
      residuals: beyond.map((value, k) => Math.min(value - levels[known[k]!.task]!, clip)),
      noise: scaled.map(({ variance }) => variance + LEAST_NOISE),
      levels: { own: OWN_LEVEL, other: otherLevel },
    }
    const start = parameters?.[i] ?? prior.mean
    const expected = (point: Point) => levels[OWN_TASK]! + assumed(point)
    const measured = data.residuals.map((residual, k) => expected(data.points[k]!) + residual)
    return { expected, measured, ...fitSurrogate(data, space.dimensions, prior, start, createRandomSource(...seeds, i)) }
  })
  return {
    scale,
    measured: models[0]!.measured,
    leaders: leaders(known, responses),
    parameters: models.map((model) => model.parameters),
    predictNear(base) {
      const change = (knob: number, point: Point): KnobDistances => {
        const { distance } = space.dimensions[knob]!
        const distances = new Float64Array(known.length)
        for (let i = 0; i < known.length; i++) distances[i] = distance(known[i]!.point[knob]!, point[knob]!)
        return { knob, distances }
      }
      const all = base.map((_, knob) => change(knob, base))
      const [cost, ...violations] = models.map((model) => ({ expected: model.expected, predict: model.predictNear(all) }))
      return (point) => {
        const changes = space.differingKnobs(point, base).map((knob) => change(knob, point))
        const { mean, variance } = cost!.predict(changes)
        let feasible = 1
        for (const { expected, predict } of violations) {
          const excess = predict(changes)
          feasible *= normalCdf(-(expected(point) + excess.mean) / Math.sqrt(excess.variance))
        }
        return { mean: cost!.expected(point) + mean, deviation: Math.sqrt(variance), feasible }
      }
    },
  }
}

function leaders(known: readonly KnownPoint[], [cost, ...limits]: readonly MetricResponse[]): Point[] {
  const isBroken = (i: number) => limits.some(({ scaled }) => scaled[i]!.value > 2 * Math.sqrt(scaled[i]!.variance))
  return known
    .map(({ point, task }, i) => ({ point, value: cost!.scaled[i]!.value, stands: task === OWN_TASK && !isBroken(i) }))
    .filter(({ stands }) => stands)
    .sort((a, b) => a.value - b.value)
    .slice(0, LEADERS)
    .map(({ point }) => point)
}

/** The scale that suits all known values of the objective. */
export function chooseObjectiveScale({ objective, known }: Pick<ResponseModelInputs, 'objective' | 'known'>): MetricScale {
  return chooseMetricScale(known.map(({ metrics }) => metrics[objective.metric]!.value))
}

/** All known values of the objective on a scale, lower is better. */
export function toScaledCosts(
  { objective, known }: Pick<ResponseModelInputs, 'objective' | 'known'>,
  scale: MetricScale,
): ScaledValue[] {
  const measured = known.map(({ metrics }) => metrics[objective.metric]!)
  const sign = objective.direction === 'minimize' ? 1 : -1
  return measured.map(({ value, standardError }) => {
    const scaled = scale.apply(value, standardError)
    return { ...scaled, value: sign * scaled.value }
  })
}

/** How far each measurement lies beyond each bound; positive if it violates it. */
function excesses({ constraints, known }: ResponseModelInputs): Pick<MetricResponse, 'metric' | 'scaled'>[] {
  const bounds = constraints.flatMap(({ metric, min, max }) => [
    ...(min === undefined ? [] : [{ metric, bound: min, side: -1 }]),
    ...(max === undefined ? [] : [{ metric, bound: max, side: 1 }]),
  ])
  return bounds.map(({ metric, bound, side }) => {
    const measured = known.map(({ metrics }) => metrics[metric]!)
    const excess = createExcessScale(
      measured.map(({ value }) => value),
      bound,
      side,
    )
    return { metric, scaled: measured.map(({ value, standardError }) => excess(value, standardError)) }
  })
}

/** The prior mean of each task: the measurement of its first configuration. */
function taskLevels(values: readonly number[], known: readonly KnownPoint[]): number[] {
  const levels: number[] = []
  known.forEach(({ task }, i) => {
    levels[task] ??= values[i]!
  })
  return levels
}
