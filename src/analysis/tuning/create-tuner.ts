import { isSameConfiguration, type KnobValues } from '../../model/knob.ts'
import { Z_80 } from '../statistics/normal.ts'
import { createRandomSource } from '../statistics/random.ts'
import { type AskOptions, parseAskOptions } from './ask-options.ts'
import { collectKnownPoints, type KnownPoint, OWN_TASK } from './known.ts'
import type { ScaledValue } from './model/scale.ts'
import { OBSERVATION_LIMITS, type Observation, parseObservation } from './observation.ts'
import { parseTunerOptions, type TunerOptions } from './options.ts'
import {
  chooseObjectiveScale,
  fitResponseModel,
  type PointPrediction,
  type ResponseModel,
  toScaledCosts,
} from './response-model.ts'
import { chooseNextPoint } from './search/choose-next-point.ts'
import { selectIncumbent } from './search/incumbent.ts'
import { getRiskTolerance } from './search/risk-tolerance.ts'
import { createSearchRegion } from './search/search-region.ts'
import { adaptTrustRegion, INITIAL_TRUST_RADIUS } from './search/trust-region.ts'
import { countSuspiciousResiduals, isWorkloadShift, standardizedResidual } from './search/workload-shift.ts'
import { createSpace } from './space/space.ts'
import { createTunerState, parseTunerState, type TunerState } from './state.ts'
import { describeCostChange, describeFeasibility, describeKnobChanges } from './wording.ts'

export interface Expectation {
  /** Mean of the objective, in its own unit. */
  mean: number
  /** Contains the true value with a probability of 80%. */
  interval: [number, number]
}

export interface Recommendation {
  configuration: KnobValues
  /** Undefined if nothing was measured yet. */
  expected: Expectation | undefined
  /** The reason, for a person. */
  why: string
}

export interface Suggestion extends Recommendation {
  /** Probability that it does more harm than allowed or violates a constraint. */
  risk: number
}

export interface OnlineTuner {
  ask(options: AskOptions): Suggestion
  tell(observation: Observation): void
  /** The configuration that is believed to be best. Library only: the optimizer itself keeps only changes that a trial has proven. */
  recommend(): Recommendation
  state(): TunerState
}

/** Minimum improvement that counts as a success for the trust region. */
const WORTHWHILE = 0.02

export function createTuner(input: TunerOptions): OnlineTuner {
  const options = parseTunerOptions(input)
  const { seed, knobs, objective, constraints, current } = options
  const space = createSpace(knobs)
  const start = space.encode(current)
  let state =
    options.state === undefined ? createTunerState(INITIAL_TRUST_RADIUS) : parseTunerState(options.state, knobs, options.metrics)

  // Computed anew each time: two hundred tuners that kept their models would need hundreds of megabytes.
  function look() {
    const known = collectKnownPoints(space, state, options.experience)
    const belief = fitResponseModel({ space, objective, constraints, known }, [seed, state.tells], state.parameters.before)
    return { known, belief, best: selectIncumbent(belief, start) }
  }

  const nothingMeasured = () => state.told.every(({ era }) => era !== state.era)

  function inWords({ mean, deviation }: PointPrediction, belief: ResponseModel): Expectation {
    const sign = objective.direction === 'minimize' ? 1 : -1
    const at = (cost: number) => belief.scale.invert(sign * cost)
    const [a, b] = [at(mean - Z_80 * deviation), at(mean + Z_80 * deviation)]
    return { mean: at(mean), interval: a < b ? [a, b] : [b, a] }
  }

  return {
    ask(input) {
      const { aggressiveness, pending, toProve, ...wanted } = parseAskOptions(input, knobs)
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          risk: 0,
          why: 'The current configuration is measured first, as the baseline.',
        }
      const { known, belief, best } = look()
      const verifying = countSuspiciousResiduals(state.surprises) > 0
      const base = toProve === undefined ? best : { point: start, ...belief.predictNear(start)(start) }
      const choice = verifying
        ? { ...best, risk: 1 - best.feasible }
        : chooseNextPoint(
            {
              space,
              belief,
              best: base,
              margin: -Math.log1p(-(toProve ?? 0)),
              start,
              known,
              caution: getRiskTolerance(aggressiveness),
              reach: state.reach,
              pending: pending.map(space.encode),
              room: createSearchRegion(space, start, wanted),
            },
            createRandomSource(seed, state.tells, pending.length),
          )
      const configuration = space.decode(choice.point)
      const predict = belief.predictNear(best.point)
      const measured = (point: KnownPoint['point']) =>
        known.some((each) => each.task === OWN_TASK && space.differingKnobs(each.point, point).length === 0)
      const predicted = [choice.point, best.point, start].map((point, i) => {
        const { mean, deviation } = predict(point)
        return { configuration: space.decode(point), mean, deviation, asked: i === 0, measured: measured(point) }
      })
      const parameters = { ...state.parameters, after: belief.parameters }
      state = { ...state, parameters, predicted, best: best.mean }
      const changed = describeKnobChanges(space.decode(base.point), configuration)
      const than = toProve === undefined ? 'the best so far' : 'the current configuration'
      const why = verifying
        ? 'The latest measurements were unexpected: the best so far is measured again to see whether the workload has changed.'
        : changed === ''
          ? `Nothing new is safe enough to try; ${than} is measured again.`
          : `${changed}: expected to be ${describeCostChange(choice.mean - base.mean)} than ${than}${describeFeasibility(choice, constraints.length > 0)}.`
      return { configuration, expected: inWords(choice, belief), risk: choice.risk, why }
    },

    tell(observation) {
      const { configuration, metrics } = parseObservation(observation, knobs, options.metrics)
      const told = { configuration, metrics, era: state.era }
      state = {
        ...state,
        told: [...state.told, told].slice(-OBSERVATION_LIMITS.own),
        tells: state.tells + 1,
        parameters: { ...state.parameters, before: state.parameters.after ?? state.parameters.before },
      }
      const prediction = state.predicted.find((each) => isSameConfiguration(each.configuration, configuration))
      if (prediction) learnFrom(prediction)
    },

    recommend() {
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          why: 'Nothing has been measured yet, so the current configuration stays.',
        }
      const { belief, best } = look()
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

  /** Learns from how the latest measurement compares with its prediction: about the trust region and the workload. */
  function learnFrom(prediction: TunerState['predicted'][number]) {
    const known = collectKnownPoints(space, state, options.experience)
    const latest = known.findLastIndex(({ task }) => task === OWN_TASK)
    const scale = chooseObjectiveScale({ objective, known: known.toSpliced(latest, 1) })
    const [measured] = toScaledCosts({ objective, known: [known[latest]!] }, scale) as [ScaledValue]
    // The first value that is not positive is not on the scale of the prediction.
    if (!Number.isFinite(measured.value)) return
    const how = standardizedResidual(measured, prediction)
    if (prediction.measured && isWorkloadShift(how, state.surprises)) return beginEra()
    const answered = prediction.measured && countSuspiciousResiduals(state.surprises) > 0
    const surprises = [...(answered ? [] : state.surprises.slice(-1)), how]
    const reach = prediction.asked ? adaptTrustRegion(state, measured.value < state.best! - WORTHWHILE) : {}
    state = { ...state, surprises, ...reach }
  }

  /** From the first surprise on, all measurements belong to the new workload; earlier ones count as another agent's. */
  function beginEra() {
    const era = state.era + 1
    const from = state.told.length - 1 - countSuspiciousResiduals(state.surprises)
    const told = state.told.map((each, i) => (i < from ? each : { ...each, era }))
    state = { ...state, told, era, reach: INITIAL_TRUST_RADIUS, failures: 0, surprises: [], predicted: [], best: null }
  }
}
