export {
  type Ask,
  type AskOptions,
  createTuner,
  type Expectation,
  type OnlineTuner,
  type Recommendation,
} from './create-tuner.ts'
export type { Observation } from './observation.ts'
export type { Objective, TunerOptions } from './options.ts'
export type { Turnable } from './search/room.ts'
export type { TunerState } from './state.ts'
