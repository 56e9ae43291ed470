import { formatDuration, formatTimestamp } from '../model/format.ts'

const justNowMs = 1_000

/** "2026-11-21T11:00:12Z", and on a terminal how long ago that was: "2026-11-21T11:00:12Z (3 min ago)". */
export function formatTime(date: Date, now = Date.now(), isTerminal = process.stdout.isTTY): string {
  const time = formatTimestamp(date)
  return isTerminal ? `${time} (${describeDistance(date.getTime() - now)})` : time
}

function describeDistance(ms: number): string {
  if (Math.abs(ms) < justNowMs) return 'now'
  return ms < 0 ? `${formatDuration(-ms)} ago` : `in ${formatDuration(ms)}`
}
