import type { DifferentialFlameGraphNode } from '../analysis/profiling/flame-graph.ts'
import { formatRatio, formatTruncation } from '../model/format.ts'
import type { PerformanceProfile, ProfileReport } from '../model/performance-profile.ts'
import type { Page } from '../reading/list-extent.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The list of profiles, for the terminal. */
export function formatProfiles({ items, total }: Page<PerformanceProfile>): string {
  if (total === 0) return 'No profile has been taken yet; npx optimizer profile take AGENT takes one.'
  const rows = items.map(({ id, takenAt, target, instanceId, arm, kind, trigger, requestedBy }) => [
    id,
    formatTime(takenAt),
    [target, instanceId, arm && `(${arm})`].filter(Boolean).join(' '),
    kind,
    trigger === 'person' ? requestedBy : trigger,
  ])
  return [
    formatTable(['profile', 'taken', 'of', 'kind', 'requested by'], rows),
    ...formatTruncation(items.length, total, 'profile'),
  ].join('\n')
}

/** Profiles with their hotspots in words. */
export function formatProfileReports(reports: readonly ProfileReport[]): string {
  return reports.map(formatReport).join('\n\n')
}

function formatReport({ id, target, instanceId, kind, arm, trialId, takenAt, summary, hotspots }: ProfileReport): string {
  const whose = [instanceId, arm && `the ${arm} arm of ${trialId}`].filter(Boolean).join(', ')
  const title = `Profile ${id}: ${kind} of ${target}${whose ? ` (${whose})` : ''}, ${formatTime(takenAt)}`
  const lines = hotspots.length > 0 ? hotspots.map(({ text }, index) => `${index + 1}. ${text}`) : [summary]
  return [title, ...lines, `npx optimizer profile export ${id} writes it for pprof or speedscope.`].join('\n')
}

const maxChanges = 15

/** The functions whose own share changed most, for the terminal; the JSON has the whole difference flame graph. */
export function formatDifference(root: DifferentialFlameGraphNode): string {
  const changes = new Map<string, { name: string; before: number; after: number }>()
  const pending = [root]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const place = next.file === null ? '' : ` (${next.file}${next.line === null ? '' : `:${next.line}`})`
    const change = changes.get(next.name + place) ?? { name: next.name + place, before: 0, after: 0 }
    change.before += next.selfBefore
    change.after += next.self
    changes.set(change.name, change)
    pending.push(...next.children)
  }
  const largest = [...changes.values()]
    .filter(({ before, after }) => Math.abs(after - before) >= 0.001)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, maxChanges)
  if (largest.length === 0) return 'No function’s share has changed.'
  return formatTable(
    ['function', 'before', 'after', 'change in points'],
    largest.map(({ name, before, after }) => [
      name,
      formatRatio(before),
      formatRatio(after),
      ((after - before) * 100).toFixed(1),
    ]),
  )
}
