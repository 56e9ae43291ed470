export type { RecordedChange } from '../causes/index.ts'
export { explainOnset } from './explain-onset.ts'
export {
  FleetAnomalyDetector,
  type FleetAnomalyDetectorOptions,
  type LearnedExtraEvidence,
  learnFromDismissals,
  type MessageGraph,
  type SavedSeries,
} from './fleet-anomaly-detector.ts'
export type { OpenAnomaly } from './open-anomaly.ts'
export type { SeriesState } from './series-anomaly-detector.ts'
export type { WatchedPoint } from './watched-point.ts'
