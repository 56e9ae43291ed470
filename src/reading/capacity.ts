import { forecastCapacity, getResourceLimits, listResourceHistories } from '../analysis/observing/capacity.ts'
import { recommendAllocations } from '../analysis/reporting/results/index.ts'
import type { CapacityForecast, Recommendation } from '../model/capacity.ts'
import type { Database } from '../store/database.ts'
import { listRecommendations } from '../store/recommendations.ts'
import { listDailyUsage } from '../store/resource-usage.ts'
import type { ReadContext } from './context.ts'
import { readEngineSettings } from './engine-settings.ts'

type Context = Pick<ReadContext, 'db' | 'config'>

const dayMs = 86_400_000
/** Days of history that a forecast is made from. */
const historyDays = 60
/** Results are shown for this long: it changes by the hour. */
const freshMs = 300_000
const computed = new WeakMap<Database, { at: number; capacity: Promise<CapacityForecast[]> }>()

/** The trend of every resource of agents and components, and when it reaches its limit (D7). At most five minutes old. */
export async function readCapacity(context: Context, now = Date.now()): Promise<CapacityForecast[]> {
  const known = computed.get(context.db)
  if (known && Math.abs(now - known.at) < freshMs) return await known.capacity
  const capacity = computeCapacity(context, now)
  computed.set(context.db, { at: now, capacity })
  capacity.catch(() => computed.delete(context.db))
  return await capacity
}

async function computeCapacity(context: Context, now: number): Promise<CapacityForecast[]> {
  const { alert_thresholds: thresholds, monitoring_interval_seconds: intervalSeconds } = await readEngineSettings(context)
  const limits = getResourceLimits(thresholds)
  const since = new Date(now - historyDays * dayMs)
  const use = await listDailyUsage(context.db, Object.keys(limits), since, intervalSeconds * 1_000)
  return listResourceHistories(use, now).map((history) => forecastCapacity(history, limits[history.resource] ?? null, toDay(now)))
}

/** More or fewer instances, more or less CPU and memory, and which agent to relieve (E2). */
export async function readAllocationRecommendations(context: Context, now = Date.now()): Promise<Recommendation[]> {
  return recommendAllocations(await readCapacity(context, now), toDay(now))
}

/** The recommendations of the latest completed cycle, as reported to the strategic orchestrator (B13), and those from the use of resources. */
export async function readRecommendations(context: Context): Promise<Recommendation[]> {
  const [fromCycle, allocations] = await Promise.all([listRecommendations(context.db), readAllocationRecommendations(context)])
  return [...fromCycle, ...allocations]
}

const toDay = (now: number) => new Date(now).toISOString().slice(0, 10)
