export type { RecordedChange } from '../causes/index.ts'
export { explainOnset } from './explain-onset.ts'
export {
  FleetWatch,
  type FleetWatchOptions,
  type LearnedExtraEvidence,
  learnFromDismissals,
  type MessageGraph,
  type SavedSeries,
} from './fleet-watch.ts'
export type { OpenAnomaly } from './open-anomaly.ts'
export type { SeriesState } from './series-watch.ts'
export type { WatchedPoint } from './watched-point.ts'
