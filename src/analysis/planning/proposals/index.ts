export * from './propose.ts'
export type { Proposal, ProposalRequest } from './request.ts'
export { buildTrialLineages, type TrialLineage } from './trial-lineages.ts'
