import { describeGap, type MonitoringGap } from '../model/monitoring-gap.ts'
import { findMonitoringGaps, listGapsSince, listSilentComponents, minGapIntervals } from '../store/monitoring-gaps.ts'
import type { ReadContext } from './context.ts'
import { readEngineSettings } from './engine-settings.ts'

const dayMs = 86_400_000
/** A reading that is late by less may only be slow. */
const minSilenceMs = 60_000
const most = 100

/** The gaps of the last day: ongoing ones first, then the others, each newest first; at most 100 of each. */
export async function readMonitoringGaps(
  context: Pick<ReadContext, 'db' | 'config'>,
  now = Date.now(),
): Promise<MonitoringGap[]> {
  const { monitoring_interval_seconds: seconds } = await readEngineSettings(context)
  const intervalMs = seconds * 1_000
  const silentSince = new Date(now - Math.max(minSilenceMs, minGapIntervals * intervalMs))
  const from = new Date(now - dayMs)
  const [silent, ended] = await Promise.all([
    listSilentComponents(context.db, from, silentSince, most),
    listGapsSince(context.db, from, most),
  ])
  const untilNow = silent.map((each) => ({ ...each, until: new Date(now) }))
  const open = (await findMonitoringGaps(context.db, untilNow, intervalMs, () => true)).map((gap) => ({ ...gap, until: null }))
  return [...open, ...ended].map((gap) => ({ ...gap, text: describeGap(gap, now) }))
}
