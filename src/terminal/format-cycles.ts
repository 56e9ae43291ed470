import { formatDuration, formatTruncation } from '../model/format.ts'
import type { CycleView } from '../reading/cycles.ts'
import type { Page } from '../reading/list-extent.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

type ListedCycle = Pick<CycleView, 'id' | 'state' | 'target' | 'dryRun' | 'startedAt' | 'endedAt' | 'impact'>

/** Cycles in a line each, for the terminal. */
export function formatCycles({ items, total }: Page<ListedCycle>): string {
  if (total === 0) return 'No cycle has run yet; npx optimizer cycle starts one.'
  const rows = items.map(({ id, state, target, dryRun, startedAt, endedAt, impact }) => [
    id,
    `${state}${dryRun ? ', dry run' : ''}${target ? `, only ${target}` : ''}`,
    formatTime(startedAt),
    endedAt ? formatDuration(endedAt.getTime() - startedAt.getTime()) : '',
    impact ? `${impact.successfulOptimizations} of ${impact.totalOptimizations}` : '',
  ])
  return [
    formatTable(['cycle', 'state', 'began', 'took', 'proven'], rows),
    ...formatTruncation(items.length, total, 'cycle'),
  ].join('\n')
}
