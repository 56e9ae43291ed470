/** One activity of a workflow run, times in milliseconds since the epoch. */
export interface ActivityRun {
  type: string
  scheduledAt: number
  /** The start of its last attempt; null if none began, or the next one is awaited. */
  startedAt: number | null
  /** Null while it runs. */
  closedAt: number | null
  attempts: number
}

/** One run of a workflow, as its history tells it; times in milliseconds since the epoch. */
export interface WorkflowRun {
  type: string
  startedAt: number
  /** Its end, or the time of the look while it runs. */
  endedAt: number
  activities: ActivityRun[]
  /** While a child workflow ran. */
  children: { type: string; from: number; to: number }[]
}
