export * from './cumulative.ts'
export * from './impact.ts'
export * from './outcome.ts'
export * from './recommendations.ts'
