import { formatTruncation } from '../model/format.ts'
import { describeObjective, describeScope } from '../model/objective-text.ts'
import type { RecordedObjectiveChange } from '../model/records.ts'
import type { Page } from '../reading/list-extent.ts'
import type { ObjectiveView } from '../reading/objectives.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The objectives in force as a table. */
export function formatObjectives(views: readonly ObjectiveView[]): string {
  if (views.length === 0) return 'No objective is set, so the configured thresholds apply.'
  const table = formatTable(
    ['for', 'objective', 'agents', 'set by', 'since', 'why'],
    views.map(({ objective, agents, source, since, by, why }) => [
      describeScope(objective),
      describeObjective(objective).replaceAll(', ', '\n'),
      agents.length > 3 ? `${agents.slice(0, 3).join('\n')}\nand ${agents.length - 3} more` : agents.join('\n'),
      by ?? source,
      since ? formatTime(since) : '',
      why ?? '',
    ]),
  )
  return [table, ...new Set(views.flatMap(({ notes }) => notes))].join('\n')
}

/** One line for each change of an objective by command. */
export function formatObjectiveHistory({ items, total }: Page<RecordedObjectiveChange>): string {
  if (total === 0) return 'No objective has been set by command.'
  const lines = items.map(({ agent, kind, objective, changedBy, reason, changedAt }) => {
    const change = objective ? describeObjective(objective) : 'cleared'
    return `${formatTime(changedAt)}  ${describeScope({ agent, kind })}: ${change}, by ${changedBy}${reason && `: ${reason}`}`
  })
  return [...lines, ...formatTruncation(items.length, total, 'change')].join('\n')
}
