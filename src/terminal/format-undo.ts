import { formatValue } from '../model/format.ts'
import type { PlannedUndo } from '../reading/plan-undo.ts'

/** The difference that an undo makes, by agent, for the terminal. */
export function formatUndo(planned: readonly PlannedUndo[]): string {
  if (planned.every(({ changes }) => changes.length === 0)) return ['Nothing differs.', ...planned.flatMap(listIssues)].join('\n')
  return planned.map(formatPlanned).join('\n')
}

function formatPlanned(planned: PlannedUndo): string {
  const { agentId, to, changes } = planned
  const point = to === null ? '' : ` (back to ${typeof to === 'number' ? `version ${to}` : to})`
  const lines = changes.map(({ knob, from, to, unit }) => `  ${knob}: ${formatValue(from)} → ${formatValue(to, unit)}`)
  return [`${agentId}${point}`, ...lines, ...listIssues(planned)].join('\n')
}

const listIssues = ({ issues }: PlannedUndo) => issues.map((issue) => `  ${issue}`)
