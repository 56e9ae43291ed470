export { buildTrialLineages, type TrialLineage } from './courses.ts'
export * from './propose.ts'
export type { Proposal, ProposalRequest } from './request.ts'
