export type { AskOptions, SearchBounds } from './ask-options.ts'
export {
  createTuner,
  type ObjectivePrediction,
  type OnlineTuner,
  type RecommendedConfiguration,
  type Suggestion,
} from './create-tuner.ts'
export type { Observation, ObservationInput } from './observation.ts'
export type { Constraint, TunerObjective, TunerOptions } from './options.ts'
export type { TunerState } from './state.ts'
