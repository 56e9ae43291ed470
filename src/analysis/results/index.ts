export * from './cumulative.ts'
export * from './impact.ts'
export * from './measured.ts'
export * from './recommendations.ts'
