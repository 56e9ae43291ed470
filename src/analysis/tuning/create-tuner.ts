import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import { Z_80 } from '../statistics/normal.ts'
import { createRandomSource } from '../statistics/random.ts'
import { mean } from '../statistics/summaries.ts'
import { type AskOptions, parseAskOptions } from './ask-options.ts'
import { collectKnownPoints, type KnownPoint, OWN_TASK } from './known-points.ts'
import type { MetricScale, ScaledValue } from './model/scale.ts'
import { isFailure, OBSERVATION_LIMITS, type ObservationInput, parseObservation } from './observation.ts'
import { parseTunerOptions, type TunerOptions } from './options.ts'
import {
  chooseObjectiveScale,
  fitResponseModel,
  type PredictionAtPoint,
  type ResponseAssumptions,
  type ResponseModel,
  toScaledCosts,
} from './response-model.ts'
import { chooseNextPoint } from './search/choose-next-point.ts'
import { isFlat, type MeasuredCost } from './search/flatness.ts'
import { type Incumbent, selectIncumbent } from './search/incumbent.ts'
import { getRiskTolerance } from './search/risk-tolerance.ts'
import { createSearchRegion } from './search/search-region.ts'
import { measureTrustRadius } from './search/trust-region.ts'
import { computeStandardizedResidual, countSuspiciousResiduals, isWorkloadShift } from './search/workload-shift.ts'
import { createSpace } from './space/space.ts'
import { createTunerState, parseTunerState, type TunerState } from './state.ts'
import { describeCostChange, describeFeasibility, describeKnobChanges, describeStopReason } from './wording.ts'

export interface ObjectivePrediction {
  /** Mean of the objective, in its own unit. */
  mean: number
  /** Contains the true value with a probability of 80%. */
  interval: [number, number]
}

export interface RecommendedConfiguration {
  configuration: KnobValues
  /** Undefined if nothing was measured yet. */
  expected: ObjectivePrediction | undefined
  /** The reason, for a person. */
  why: string
}

export interface Suggestion extends RecommendedConfiguration {
  /** Probability that it does more harm than allowed or violates a constraint. */
  risk: number
  /** Whether no trial can be expected to gain more than it costs; the configuration is then the best so far. */
  finished: boolean
  /** Whether it repeats the best so far, or what is nearest to it and may be tried, because nothing new is safe or worth a trial. */
  repeats: boolean
}

export interface OnlineTuner {
  ask(options: AskOptions): Suggestion
  tell(observation: ObservationInput): void
  /** The configuration that is believed to be best. Library only: the optimizer itself keeps only changes that a trial has proven. */
  recommend(): RecommendedConfiguration
  state(): TunerState
}

type Prediction = Omit<TunerState['predicted'][number], 'configuration'>

/** From this level on, what a trial may gain is weighed against what it risks. */
const BALANCED = 3
/** A believed improvement of that much, on the objective's scale, is no noise, although a test of all measurements may not see it. */
const MUCH = 0.15
/** Where the constraints are broken more likely than not, meeting them is a gain. */
const LIKELY = 0.5
/** The assumptions from that level on, and below it: small gains that must be proven are tried only if much is expected. */
const WEIGHING = { ends: 0.15, roughness: 0.0015 }
const CAREFUL = { ends: 0.25, roughness: 0 }

export function createTuner(input: TunerOptions): OnlineTuner {
  const options = parseTunerOptions(input)
  const { seed, knobs, objective, constraints, current } = options
  const space = createSpace(knobs)
  const start = space.encode(current)
  let state = options.state === undefined ? createTunerState() : parseTunerState(options.state, options)

  // Computed again each time: two hundred tuners that kept their models would need hundreds of megabytes.
  function look(assumptions: ResponseAssumptions) {
    const known = collectKnownPoints(space, state, options.experience)
    const belief = fitResponseModel(
      { space, objective, constraints, known },
      [seed, state.tells],
      state.parameters.before,
      assumptions,
    )
    return { known, belief, best: selectIncumbent(belief, start) }
  }

  /** Whether the point was measured before and again just now, for want of anything safe. */
  function isRepeated(known: readonly KnownPoint[], point: KnownPoint['point']): boolean {
    const own = known.filter(({ task }) => task === OWN_TASK)
    const isAt = (each: KnownPoint) => space.isSame(each.point, point)
    return own.length > 0 && isAt(own.at(-1)!) && own.filter(isAt).length > 1
  }

  const listMeasuredCosts = (known: KnownPoint[], scale: MetricScale): MeasuredCost[] => {
    const costs = toScaledCosts({ objective, known }, scale)
    return known.flatMap(({ point, task, metrics }, i) => (task === OWN_TASK && metrics ? [{ point, cost: costs[i]! }] : []))
  }

  const nothingMeasured = () => state.told.every((each) => each.era !== state.era || isFailure(each))

  function inWords({ mean, deviation }: PredictionAtPoint, belief: ResponseModel): ObjectivePrediction {
    const sign = objective.direction === 'minimize' ? 1 : -1
    const at = (cost: number) => belief.scale.invert(sign * cost)
    const [a, b] = [at(mean - Z_80 * deviation), at(mean + Z_80 * deviation)]
    return { mean: at(mean), interval: a < b ? [a, b] : [b, a] }
  }

  return {
    ask(input) {
      const { aggressiveness, pending, toProve, trialCost, lossWeight, ...wanted } = parseAskOptions(input, knobs)
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          risk: 0,
          finished: false,
          repeats: false,
          why: 'The current configuration is measured first, as the baseline.',
        }
      // A caller who wants only what can be proven may ask again at the next level.
      const weighsRisk = aggressiveness >= BALANCED && toProve === undefined
      const { known, belief, best } = look(weighsRisk ? WEIGHING : CAREFUL)
      const verifying = countSuspiciousResiduals(state.surprises) > 0
      const base = toProve === undefined ? best : { point: start, ...belief.predictNear(start)(start) }
      const room = createSearchRegion(space, start, wanted)
      // Small steps show nothing on a steep surface either, and a caller for whom trials cost nothing wants to explore.
      const gained = belief.predictNear(start)(start).mean - best.mean
      const mayBeFlat = !verifying && aggressiveness >= BALANCED && trialCost > 0 && gained < MUCH && best.feasible > LIKELY
      const flat = mayBeFlat && isFlat(space, room.freeKnobs, listMeasuredCosts(known, belief.scale))
      const nearestAllowed = (known: Incumbent): Incumbent => {
        const confined = room.confine(known.point)
        const point = room.allows(confined) ? confined : start
        return space.isSame(point, known.point) ? known : { point, ...belief.predictNear(point)(point) }
      }
      const situation = {
        space,
        belief,
        best: base,
        margin: -Math.log1p(-(toProve ?? 0)),
        trialCost,
        lossWeight,
        start,
        known,
        reach: measureTrustRadius(space, known, belief),
        pending: pending.map(space.encode),
        room,
      }
      const again = verifying ? nearestAllowed(best) : flat ? nearestAllowed(base) : undefined
      const choice = again
        ? { ...again, risk: 1 - again.feasible, worth: 0 }
        : chooseNextPoint(
            { ...situation, caution: getRiskTolerance(aggressiveness), weighsRisk },
            createRandomSource(seed, state.tells, pending.length),
          )
      const exhausted = !again && (choice.worth < trialCost || choice.worth === 0)
      const finished = flat || (exhausted && (aggressiveness < BALANCED || isRepeated(known, base.point)))
      const repeats = again !== undefined || space.isSame(choice.point, nearestAllowed(base).point)
      const configuration = space.decode(choice.point)
      const predict = belief.predictNear(best.point)
      const measured = (point: KnownPoint['point']) =>
        known.some((each) => each.task === OWN_TASK && space.isSame(each.point, point))
      const predicted = [choice.point, best.point, start].map((point) => {
        const { mean, deviation } = predict(point)
        return { configuration: space.decode(point), mean, deviation, measured: measured(point) }
      })
      const parameters = { ...state.parameters, after: belief.parameters }
      state = { ...state, parameters, predicted }
      const changed = describeKnobChanges(space.decode(base.point), configuration)
      const than = toProve === undefined ? 'the best so far' : 'the current configuration'
      const why = verifying
        ? 'The latest measurements were unexpected: the best so far is measured again to see whether the workload has changed.'
        : flat || exhausted
          ? `${describeStopReason({ flat, worth: choice.worth, trialCost })}; ${than} is measured again.`
          : `${changed}: expected to be ${describeCostChange(choice.mean - base.mean)} than ${than}${describeFeasibility(choice, constraints.length > 0)}.`
      return { configuration, expected: inWords(choice, belief), risk: choice.risk, finished, repeats, why }
    },

    tell(observation) {
      const { configuration, metrics, failed } = parseObservation(observation, options)
      const told = { configuration, metrics, ...(failed && { failed }), era: state.era }
      const prediction = findPrediction(configuration)
      state = {
        ...state,
        told: [...state.told, told].slice(-OBSERVATION_LIMITS.own),
        tells: state.tells + 1,
        parameters: { ...state.parameters, before: state.parameters.after ?? state.parameters.before },
      }
      if (prediction && !isFailure(told)) detectShift(prediction)
    },

    recommend() {
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          why: 'Nothing has been measured yet, so the current configuration stays.',
        }
      const { belief, best } = look(WEIGHING)
      const configuration = space.decode(best.point)
      const stay = belief.predictNear(start)(start)
      const changed = describeKnobChanges(current, configuration)
      const why =
        changed === ''
          ? 'No measured configuration is believed to be better than the current one.'
          : `${changed}: believed to be ${describeCostChange(best.mean - stay.mean)} than the starting configuration${describeFeasibility(best, constraints.length > 0)}.`
      return { configuration, expected: inWords(best, belief), why }
    },

    state: () => structuredClone(state),
  }

  /** The expected next measurement of a configuration: as predicted at the last ask, or else the mean of earlier measurements. */
  function findPrediction(configuration: KnobValues): Prediction | undefined {
    const predicted = state.predicted.find((each) => isSameConfiguration(each.configuration, configuration))
    if (predicted) return predicted
    const known = collectKnownPoints(space, state, options.experience)
    const point = space.encode(configuration)
    const costs = toScaledCosts({ objective, known }, chooseObjectiveScale({ objective, known }))
    const earlier = known.flatMap(({ task, metrics, point: other }, i) =>
      task === OWN_TASK && metrics && space.isSame(other, point) ? [costs[i]!] : [],
    )
    if (earlier.length === 0) return undefined
    const average = (of: (each: ScaledValue) => number) => mean(earlier.map(of))
    return {
      mean: average(({ value }) => value),
      deviation: Math.sqrt(average(({ variance }) => variance) / earlier.length),
      measured: true,
    }
  }

  /** Compares the latest measurement with its prediction. */
  function detectShift(prediction: Prediction) {
    const known = collectKnownPoints(space, state, options.experience)
    const latest = known.findLastIndex(({ task }) => task === OWN_TASK)
    const scale = chooseObjectiveScale({ objective, known: known.toSpliced(latest, 1) })
    const [measured] = toScaledCosts({ objective, known: [known[latest]!] }, scale) as [ScaledValue]
    // The first value that is not positive is not on the scale of the prediction.
    if (!Number.isFinite(measured.value)) return
    const how = computeStandardizedResidual(measured, prediction)
    if (prediction.measured && isWorkloadShift(how, state.surprises)) return beginEra()
    const answered = prediction.measured && countSuspiciousResiduals(state.surprises) > 0
    const surprises = [...(answered ? [] : state.surprises.slice(-1)), how]
    state = { ...state, surprises }
  }

  /** From the first surprise on, all measurements belong to the new workload; earlier ones count as another agent's. */
  function beginEra() {
    const era = state.era + 1
    const from = state.told.length - 1 - countSuspiciousResiduals(state.surprises)
    const told = state.told.map((each, i) => (i < from ? each : { ...each, era }))
    state = { ...state, told, era, surprises: [], predicted: [] }
  }
}
