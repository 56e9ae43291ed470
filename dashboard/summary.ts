import type { Summary } from '../src/reading/summary.ts'
import { useResource } from './live.ts'

/** What goes on now. */
export const useSummary = () => useResource<Summary>('/summary', 2_500)
