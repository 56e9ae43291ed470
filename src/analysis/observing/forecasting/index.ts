export * from './forecast-metric.ts'
export * from './metric-series.ts'
export * from './metric-series-cache.ts'
export * from './threshold-crossing.ts'
