import { formatTimestamp, formatValue } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import type { ExportedAgent } from '../reading/export.ts'

/** Agent → knob → value, as people keep settings in a file. */
export const toSettings = (agents: readonly ExportedAgent[]): Record<string, KnobValues> =>
  Object.fromEntries(agents.map(({ agentId, values }) => [agentId, values]))

export const formatSettings = (settings: Record<string, unknown>) => `${JSON.stringify(settings, null, 2)}\n`

/** The settings of a file with the values in force; agents and knobs that are only in the file stay, in their places. */
export function updateSettings(kept: Record<string, unknown>, agents: readonly ExportedAgent[]): Record<string, unknown> {
  const inForce = toSettings(agents)
  const updated = Object.entries(kept).map(([agentId, values]) => [agentId, { ...(values as object), ...inForce[agentId] }])
  const added = Object.entries(inForce).filter(([agentId]) => !Object.hasOwn(kept, agentId))
  return Object.fromEntries([...updated, ...added])
}

/** The kept changes as Markdown, such as for the text of a pull request. */
export function formatChanges(agents: readonly ExportedAgent[]): string {
  const changed = agents.filter(({ changes }) => changes.length > 0)
  if (changed.length === 0) return 'Every agent runs with the settings that it started with.'
  return changed.map(formatAgent).join('\n\n')
}

function formatAgent({ agentId, version, changes }: ExportedAgent): string {
  const lines = changes.map(({ knob, from, to, since, trialId, reason }) => {
    const origin = [`since ${formatTimestamp(since)}`, ...(trialId ? [`trial \`${trialId}\``] : [])].join(', ')
    return `- \`${knob}\`: ${from === undefined ? 'new' : formatValue(from)} → **${formatValue(to)}** (${origin}): ${reason}`
  })
  return [`### ${agentId} (version ${version})`, '', ...lines].join('\n')
}
