export * from './crossing.ts'
export * from './forecasts.ts'
export * from './series.ts'
