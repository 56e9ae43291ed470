/** Gaps between executions in which the work was stopped, which say nothing about its pace. */
import { median } from './summaries.ts'

/** A gap this many times as long as the median, and longer than a minute, may be a pause. */
const PAUSE = 20
const SHORTEST_PAUSE_MS = 60_000
/** If there are more of them, they are how the work goes. */
const MAX_PAUSES = 3

/** The longest gap that is none, in milliseconds. @param gaps milliseconds between executions */
export const computePauseThresholdMs = (gaps: readonly number[]) => Math.max(SHORTEST_PAUSE_MS, PAUSE * median(gaps))

/** Whether this many gaps that are longer are pauses. */
export const isPlausiblePauseCount = (longer: number) => longer <= MAX_PAUSES
