export * from './cost-benefit.ts'
export * from './expectation.ts'
export * from './posterior.ts'
export * from './trial-evidence.ts'
