export * from './propose.ts'
export type { Proposal, ProposalRequest } from './request.ts'
export { mayAffect } from './search-bounds.ts'
export { buildTrialLineages, type TrialLineage } from './trial-lineages.ts'
