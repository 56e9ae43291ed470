import { type KnobValues, sameValues } from '../../model/knob.ts'
import { Z_80 } from '../statistics/normal.ts'
import { random } from '../statistics/random.ts'
import { type AskOptions, readAskOptions } from './ask-options.ts'
import { type Belief, believe, costs, type Judgement, scaleOf } from './belief.ts'
import { type Known, knowledge, OWN } from './known.ts'
import type { Scaled } from './model/scale.ts'
import { MOST, type Observation, readObservation } from './observation.ts'
import { readOptions, type TunerOptions } from './options.ts'
import { caution } from './search/caution.ts'
import { choose } from './search/choose.ts'
import { incumbent } from './search/incumbent.ts'
import { adapt, FIRST_REACH } from './search/reach.ts'
import { createRoom } from './search/room.ts'
import { doubtful, isShift, surprise } from './search/shift.ts'
import { createSpace } from './space/space.ts'
import { freshState, readState, type TunerState } from './state.ts'
import { change, changes, feasibility } from './wording.ts'

export interface Expectation {
  /** Of the objective, in its own unit. */
  mean: number
  /** Holds the true value with a probability of 80 %. */
  interval: [number, number]
}

export interface Recommendation {
  configuration: KnobValues
  /** Undefined where nothing was measured yet. */
  expected: Expectation | undefined
  /** In words for a person. */
  why: string
}

export interface Ask extends Recommendation {
  /** Probability that it does more harm than allowed or breaks a constraint. */
  risk: number
}

export interface OnlineTuner {
  ask(options: AskOptions): Ask
  tell(observation: Observation): void
  /** The configuration that is believed best. Library only: the optimizer keeps what a trial proved, and asks for nothing else. */
  recommend(): Recommendation
  state(): TunerState
}

/** An improvement of less is no success for the reach. */
const WORTHWHILE = 0.02

export function createTuner(input: TunerOptions): OnlineTuner {
  const options = readOptions(input)
  const { seed, knobs, objective, constraints, current } = options
  const space = createSpace(knobs)
  const start = space.encode(current)
  let state = options.state === undefined ? freshState(FIRST_REACH) : readState(options.state, knobs, options.metrics)

  // Thought out anew each time: two hundred tuners that remembered their models would need hundreds of megabytes.
  function look() {
    const known = knowledge(space, state, options.experience)
    const belief = believe({ space, objective, constraints, known }, [seed, state.tells], state.parameters.before)
    return { known, belief, best: incumbent(belief, start) }
  }

  const nothingMeasured = () => state.told.every(({ era }) => era !== state.era)

  function inWords({ mean, deviation }: Judgement, belief: Belief): Expectation {
    const sign = objective.direction === 'minimize' ? 1 : -1
    const at = (cost: number) => belief.scale.invert(sign * cost)
    const [a, b] = [at(mean - Z_80 * deviation), at(mean + Z_80 * deviation)]
    return { mean: at(mean), interval: a < b ? [a, b] : [b, a] }
  }

  return {
    ask(input) {
      const { aggressiveness, pending, toProve, ...wanted } = readAskOptions(input, knobs)
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          risk: 0,
          why: 'What runs now is measured first, to compare with.',
        }
      const { known, belief, best } = look()
      const verifying = doubtful(state.surprises) > 0
      const base = toProve === undefined ? best : { point: start, ...belief.near(start)(start) }
      const choice = verifying
        ? { ...best, risk: 1 - best.feasible }
        : choose(
            {
              space,
              belief,
              best: base,
              margin: -Math.log1p(-(toProve ?? 0)),
              start,
              known,
              caution: caution(aggressiveness),
              reach: state.reach,
              pending: pending.map(space.encode),
              room: createRoom(space, start, wanted),
            },
            random(seed, state.tells, pending.length),
          )
      const configuration = space.decode(choice.point)
      const predict = belief.near(best.point)
      const measured = (point: Known['point']) =>
        known.some((each) => each.task === OWN && space.differing(each.point, point).length === 0)
      const predicted = [choice.point, best.point, start].map((point, i) => {
        const { mean, deviation } = predict(point)
        return { configuration: space.decode(point), mean, deviation, asked: i === 0, measured: measured(point) }
      })
      const parameters = { ...state.parameters, after: belief.parameters }
      state = { ...state, parameters, predicted, best: best.mean }
      const changed = changes(space.decode(base.point), configuration)
      const than = toProve === undefined ? 'the best so far' : 'what runs now'
      const why = verifying
        ? 'The latest measurements were not what was expected: the best so far is measured again, to see whether the workload has changed.'
        : changed === ''
          ? `Nothing new is safe enough to try; ${than} is measured again.`
          : `${changed}: expected to be ${change(choice.mean - base.mean)} than ${than}${feasibility(choice, constraints.length > 0)}.`
      return { configuration, expected: inWords(choice, belief), risk: choice.risk, why }
    },

    tell(observation) {
      const { configuration, metrics } = readObservation(observation, knobs, options.metrics)
      const told = { configuration, metrics, era: state.era }
      state = {
        ...state,
        told: [...state.told, told].slice(-MOST.own),
        tells: state.tells + 1,
        parameters: { ...state.parameters, before: state.parameters.after ?? state.parameters.before },
      }
      const prediction = state.predicted.find((each) => sameValues(each.configuration, configuration))
      if (prediction) learnFrom(prediction)
    },

    recommend() {
      if (nothingMeasured())
        return {
          configuration: structuredClone(current),
          expected: undefined,
          why: 'Nothing was measured yet: leave it as it is.',
        }
      const { belief, best } = look()
      const configuration = space.decode(best.point)
      const stay = belief.near(start)(start)
      const changed = changes(current, configuration)
      const why =
        changed === ''
          ? 'Nothing measured is believed to be better than what runs now.'
          : `${changed}: believed to be ${change(best.mean - stay.mean)} than the start${feasibility(best, constraints.length > 0)}.`
      return { configuration, expected: inWords(best, belief), why }
    },

    state: () => structuredClone(state),
  }

  /** What the latest measurement says of the prediction made for it: about the reach, and about the workload. */
  function learnFrom(prediction: TunerState['predicted'][number]) {
    const known = knowledge(space, state, options.experience)
    const latest = known.findLastIndex(({ task }) => task === OWN)
    const scale = scaleOf({ objective, known: known.toSpliced(latest, 1) })
    const [measured] = costs({ objective, known: [known[latest]!] }, scale) as [Scaled]
    // The first that is not positive has no place on the scale of the prediction.
    if (!Number.isFinite(measured.value)) return
    const how = surprise(measured, prediction)
    if (prediction.measured && isShift(how, state.surprises)) return beginEra()
    const answered = prediction.measured && doubtful(state.surprises) > 0
    const surprises = [...(answered ? [] : state.surprises.slice(-1)), how]
    const reach = prediction.asked ? adapt(state, measured.value < state.best! - WORTHWHILE) : {}
    state = { ...state, surprises, ...reach }
  }

  /** From the first surprise on, all belongs to the new workload; what was before counts as another agent's. */
  function beginEra() {
    const era = state.era + 1
    const from = state.told.length - 1 - doubtful(state.surprises)
    const told = state.told.map((each, i) => (i < from ? each : { ...each, era }))
    state = { ...state, told, era, reach: FIRST_REACH, failures: 0, surprises: [], predicted: [], best: null }
  }
}
