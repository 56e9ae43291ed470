export * from './agent.ts'
export type { AgentFacts } from './agent-facts.ts'
export * from './trial.ts'
export type { TrialFacts } from './trial-facts.ts'
