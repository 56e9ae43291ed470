import type { Summary } from '../src/reading/summary.ts'
import { useResource } from './live.ts'

/** The current activity. */
export const useSummary = () => useResource<Summary>('/summary', 2_500)
