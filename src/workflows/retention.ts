import type { RemovalResult } from '../contract/activities.ts'
import { planningActivities } from './activities.ts'

/** Later runs of the Schedule remove the rest. */
const maxSteps = 20

/** Removes expired data, in short steps. */
export async function retention(): Promise<RemovalResult> {
  const total: RemovalResult = { partitions: 0, rows: 0, isComplete: false }
  for (let step = 0; step < maxSteps && !total.isComplete; step++) {
    const { partitions, rows, isComplete } = await planningActivities.removeExpired()
    total.partitions += partitions
    total.rows += rows
    total.isComplete = isComplete
  }
  return total
}
