export * from './generate.ts'
export type { StrategyRequest } from './request.ts'
export * from './requested-strategy.ts'
