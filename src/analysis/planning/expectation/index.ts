export * from './cost-benefit.ts'
export * from './expectation.ts'
export * from './lessons.ts'
export * from './posterior.ts'
