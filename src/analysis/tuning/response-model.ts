/** The model of the objective and of the constraints at any configuration. */
import { normalCdf } from '../statistics/normal.ts'
import { createRandomSource } from '../statistics/random.ts'
import { mean } from '../statistics/summaries.ts'
import { type KnownPoint, OWN_TASK } from './known-points.ts'
import type { KnobDistances, Prediction } from './model/posterior.ts'
import { createParameterPrior, createPriorFeatures, createPriorMean, type ModelParameters } from './model/prior.ts'
import { chooseMetricScale, createExcessScale, type MetricScale, type ScaledValue } from './model/scale.ts'
import { fitSurrogate, mixPredictions } from './model/surrogate.ts'
import type { TrainingData } from './model/training-data.ts'
import type { Constraint, TunerObjective } from './options.ts'
import type { KnobPoint, Space } from './space/space.ts'

export interface PredictionAtPoint {
  /** Mean of the cost: the objective on its scale, lower is better. */
  mean: number
  deviation: number
  /** Probability that all constraints hold. */
  feasible: number
  /** Under each sample of the parameters. */
  members: readonly Prediction[]
}

export interface ResponseModel {
  /** Fast for points that differ from `base` in few knobs. */
  predictNear(base: KnobPoint): (point: KnobPoint) => PredictionAtPoint
  scale: MetricScale
  /** The cost of each known measurement, as if this agent had measured it. */
  measured: number[]
  /** The same without the noise, as far as the model can tell. */
  fitted: number[]
  /** The agent's own configurations that measured best and did not clearly violate a constraint, the best first. */
  leaders: KnobPoint[]
  /** The models' parameters, for the next random walk. */
  parameters: ModelParameters[]
}

export interface ResponseModelInputs {
  space: Space
  objective: TunerObjective
  constraints: readonly Constraint[]
  known: readonly KnownPoint[]
}

/** Maximum number of configurations considered for the best: more would only cost time. */
const LEADERS = 20
/** Variance of the first configuration's level, which is measured. */
const OWN_LEVEL = 0.02
/** Minimum variance of a measurement: no value is known better than to 1%. */
export const MIN_NOISE = 1e-4

/** A configuration that failed counts as twice as bad as the start, and as clearly beyond every bound. */
const FAILURE = {
  cost: (level: number) => level + Math.log(2),
  excess: (level: number) => Math.max(0, level) + 1,
  variance: 0.01,
}

/** One metric's measurements on its scale, and the side that is good. */
interface MetricResponse {
  metric: string
  scaled: ScaledValue[]
  /** How far the average of another agent may be from this one's. */
  otherLevel: number
  /** From this far above the first value of their task, values are compressed, so that a cliff does not distort the model around it. */
  cliff: number
  /** Standard deviation of all knobs' effects together, before anything is known. */
  effects: number
  /** How much worse than the middle of a number's range its ends are assumed to be. */
  ends: number
  /** Variance of what a configuration does not share with its neighbors: it counts as noise, so that no knob is blamed for it. */
  roughness: number
}

/** The assumptions about the objective before anything is measured (see `MetricResponse`). */
export type ResponseAssumptions = Pick<MetricResponse, 'ends' | 'roughness'>

export function fitResponseModel(
  evidence: ResponseModelInputs,
  seeds: readonly number[],
  parameters: ModelParameters[] | null,
  assumptions: ResponseAssumptions,
): ResponseModel {
  const { space, known } = evidence
  const scale = chooseObjectiveScale(evidence)
  const cost = toScaledCosts(evidence, scale)
  const responses: MetricResponse[] = [
    { metric: evidence.objective.metric, scaled: cost, otherLevel: 4, cliff: 0.7, effects: 0.7, ...assumptions },
    ...excesses(evidence).map((excess) => ({
      ...excess,
      otherLevel: 0.25,
      cliff: Infinity,
      effects: 1,
      ends: 0.125,
      roughness: 0,
    })),
  ]
  const models = responses.map(({ metric, scaled, otherLevel, cliff, effects, ends, roughness }, i) => {
    const matters = space.knobs.map(({ affects }) => !affects?.length || affects.some((each) => each.metric === metric))
    const prior = createParameterPrior(space.knobs, matters, effects)
    const assumed = createPriorMean(space.knobs, matters, ends)
    const features = createPriorFeatures(space.knobs, matters, ends)
    const values = compressCliffs(scaled, known, cliff)
    const beyond = values.map((value, k) => value - assumed(known[k]!.point))
    const levels = taskLevels(beyond, known)
    const data: TrainingData = {
      tasks: known.map(({ task }) => task),
      points: known.map(({ point }) => point),
      features: known.map(({ point }) => features(point)),
      residuals: beyond.map((value, k) => value - levels[known[k]!.task]!),
      noise: scaled.map(({ variance }) => variance + MIN_NOISE + roughness),
      levels: { own: OWN_LEVEL, other: otherLevel },
    }
    const start = parameters?.[i] ?? prior.mean
    const expected = (point: KnobPoint) => levels[OWN_TASK]! + assumed(point)
    const measured = data.residuals.map((residual, k) => expected(data.points[k]!) + residual)
    const surrogate = fitSurrogate(data, space.dimensions, prior, start, createRandomSource(...seeds, i))
    const fitted = surrogate.fitted.map((residual, k) => expected(data.points[k]!) + residual)
    return { ...surrogate, expected, measured, fitted, features }
  })
  return {
    scale,
    measured: models[0]!.measured,
    fitted: models[0]!.fitted,
    leaders: leaders(known, responses),
    parameters: models.map((model) => model.parameters),
    predictNear(base) {
      const change = (knob: number, point: KnobPoint): KnobDistances => {
        const { distance } = space.dimensions[knob]!
        const distances = new Float64Array(known.length)
        for (let i = 0; i < known.length; i++) distances[i] = distance(known[i]!.point[knob]!, point[knob]!)
        return { knob, distances, fromBase: distance(base[knob]!, point[knob]!) }
      }
      const all = base.map((_, knob) => change(knob, base))
      const [cost, ...violations] = models.map((model) => {
        const predict = model.predictNear(all, model.features(base))
        return {
          predict(point: KnobPoint, changes: readonly KnobDistances[]): Prediction[] {
            const expected = model.expected(point)
            return predict(changes, model.features(point)).map((each) => ({ ...each, mean: expected + each.mean }))
          },
        }
      })
      return (point) => {
        const changes = space.differingKnobs(point, base).map((knob) => change(knob, point))
        const members = cost!.predict(point, changes)
        const { mean: expected, variance } = mixPredictions(members)
        let feasible = 1
        for (const { predict } of violations) {
          const excesses = predict(point, changes)
          feasible *= mean(excesses.map((each) => normalCdf(-each.mean / Math.sqrt(each.variance))))
        }
        return { mean: expected, deviation: Math.sqrt(variance), feasible, members }
      }
    },
  }
}

function leaders(known: readonly KnownPoint[], [cost, ...limits]: readonly MetricResponse[]): KnobPoint[] {
  const isBroken = (i: number) => limits.some(({ scaled }) => scaled[i]!.value > 2 * Math.sqrt(scaled[i]!.variance))
  return known
    .map(({ point, task, metrics }, i) => ({
      point,
      value: cost!.scaled[i]!.value,
      stands: task === OWN_TASK && metrics !== undefined && !isBroken(i),
    }))
    .filter(({ stands }) => stands)
    .sort((a, b) => a.value - b.value)
    .slice(0, LEADERS)
    .map(({ point }) => point)
}

/** The measured values of a metric. */
const listValues = (known: readonly KnownPoint[], metric: string): number[] =>
  known.flatMap(({ metrics }) => (metrics ? [metrics[metric]!.value] : []))

/** The scale that suits all known values of the objective. */
export function chooseObjectiveScale({ objective, known }: Pick<ResponseModelInputs, 'objective' | 'known'>): MetricScale {
  return chooseMetricScale(listValues(known, objective.metric))
}

/** All known values of the objective on a scale, lower is better. */
export function toScaledCosts(
  { objective, known }: Pick<ResponseModelInputs, 'objective' | 'known'>,
  scale: MetricScale,
): ScaledValue[] {
  const sign = objective.direction === 'minimize' ? 1 : -1
  return withFailures(known, FAILURE.cost, (metrics) => {
    const { value, standardError } = metrics[objective.metric]!
    const scaled = scale.apply(value, standardError)
    return { ...scaled, value: sign * scaled.value }
  })
}

/** The scaled figures of all measurements; failures are placed relative to the first one of their task. */
function withFailures(
  known: readonly KnownPoint[],
  failure: (level: number) => number,
  toScaled: (metrics: NonNullable<KnownPoint['metrics']>) => ScaledValue,
): ScaledValue[] {
  const scaled = known.map(({ metrics }) => metrics && toScaled(metrics))
  const level = (task: number) =>
    scaled.find((each, i) => each && known[i]!.task === task)?.value ?? scaled.find((each) => each)?.value ?? 0
  return scaled.map((each, i) => each ?? { value: failure(level(known[i]!.task)), variance: FAILURE.variance })
}

/** How far each measurement lies beyond each bound; positive if it violates it. */
function excesses({ constraints, known }: ResponseModelInputs): Pick<MetricResponse, 'metric' | 'scaled'>[] {
  const bounds = constraints.flatMap(({ metric, min, max }) => [
    ...(min === undefined ? [] : [{ metric, bound: min, side: -1 }]),
    ...(max === undefined ? [] : [{ metric, bound: max, side: 1 }]),
  ])
  return bounds.map(({ metric, bound, side }) => {
    const excess = createExcessScale(listValues(known, metric), bound, side)
    const toExcess = (metrics: NonNullable<KnownPoint['metrics']>) =>
      excess(metrics[metric]!.value, metrics[metric]!.standardError)
    return { metric, scaled: withFailures(known, FAILURE.excess, toExcess) }
  })
}

/** Share of the height above it that remains of a cliff: after large gains, what was before them still differs. */
const CLIFF_SHARE = 0.25

/** Relative to the first measurement, not to the prior mean: a cliff in the middle of a range must not seem harmless. */
function compressCliffs(scaled: readonly ScaledValue[], known: readonly KnownPoint[], cliff: number): number[] {
  const values = scaled.map(({ value }) => value)
  const levels = taskLevels(values, known)
  return values.map((value, k) => {
    const top = levels[known[k]!.task]! + cliff
    return value <= top ? value : top + CLIFF_SHARE * (value - top)
  })
}

/** The prior mean of each task: the measurement of its first configuration that did not fail. */
function taskLevels(values: readonly number[], known: readonly KnownPoint[]): number[] {
  const levels: number[] = []
  for (const failures of [false, true])
    known.forEach(({ task, metrics }, i) => {
      if (failures || metrics) levels[task] ??= values[i]!
    })
  return levels
}
