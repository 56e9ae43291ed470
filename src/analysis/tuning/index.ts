export * from './local-search.ts'
export * from './tuner.ts'
