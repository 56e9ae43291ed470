export { type ChangePoint, findChangePoints } from './change-points.ts'
export { type ChangeEvent, type ExplainedChange, explainChange } from './explain-change.ts'
export type { CauseInput, ComponentSeries } from './input.ts'
export { type RankedCause, rankCauses } from './rank-causes.ts'
