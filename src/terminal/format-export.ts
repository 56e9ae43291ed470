import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { formatTimestamp, formatValue } from '../model/format.ts'
import type { KnobValues } from '../model/knob.ts'
import { formatUnifiedDiff } from '../model/unified-diff.ts'
import type { ExportedAgent } from '../reading/export.ts'

/** Agent → knob → value, as people keep settings in a file. */
export const toSettings = (agents: readonly ExportedAgent[]): Record<string, KnobValues> =>
  Object.fromEntries(agents.map(({ agentId, values }) => [agentId, values]))

export const formatSettings = (settings: Record<string, unknown>) => `${JSON.stringify(settings, null, 2)}\n`

/**
 * The patch that brings a file of settings up to date, keeping its layout; empty if it already has the values in force, however they are formatted.
 * @param before its text; undefined if the file does not exist yet
 * @throws OptimizerError `invalid-input`
 */
export function formatPatch(file: string, before: string | undefined, agents: readonly ExportedAgent[]): string {
  const kept = parseSettings(file, before ?? '')
  const updated = updateSettings(kept, agents)
  return isDeepStrictEqual(updated, kept) ? '' : formatUnifiedDiff(file, before, layOutAs(before ?? '', updated))
}

/** @throws OptimizerError `invalid-input` */
function parseSettings(file: string, text: string): Record<string, object> {
  if (text.trim() === '') return {}
  try {
    return z.record(z.string(), z.looseObject({})).parse(JSON.parse(text))
  } catch (cause) {
    const message = `${file} is not JSON of the form {"<agent>": {"<knob>": <value>}}; npx optimizer export writes such a file.`
    throw new OptimizerError('invalid-input', message, { cause })
  }
}

/** Settings as JSON with the indentation and line endings of another settings file; by default as `export` writes them. */
function layOutAs(text: string, settings: object): string {
  const isOneLine = /\S/.test(text) && !text.trim().includes('\n')
  const indent = isOneLine ? undefined : (/^[ \t]+(?=\S)/m.exec(text)?.[0] ?? 2)
  const end = text === '' ? '\n' : text.slice(text.trimEnd().length)
  return JSON.stringify(settings, null, indent).replaceAll('\n', text.includes('\r\n') ? '\r\n' : '\n') + end
}

/** The settings of a file with the values in force; agents and knobs that are only in the file stay, in their places. */
export function updateSettings(kept: Record<string, unknown>, agents: readonly ExportedAgent[]): Record<string, unknown> {
  const inForce = toSettings(agents)
  const updated = Object.entries(kept).map(([agentId, values]) => [agentId, { ...(values as object), ...inForce[agentId] }])
  const added = Object.entries(inForce).filter(([agentId]) => !Object.hasOwn(kept, agentId))
  return Object.fromEntries([...updated, ...added])
}

/** The kept changes as Markdown, for example for the description of a pull request. */
export function formatChangesAsMarkdown(agents: readonly ExportedAgent[]): string {
  const changed = agents.filter(({ changes }) => changes.length > 0)
  if (changed.length === 0) return 'Every agent still runs with the settings it started with.'
  return changed.map(formatAgent).join('\n\n')
}

function formatAgent({ agentId, version, changes }: ExportedAgent): string {
  const lines = changes.map(({ knob, from, to, since, trialId, reason }) => {
    const origin = [`since ${formatTimestamp(since)}`, ...(trialId ? [`trial \`${trialId}\``] : [])].join(', ')
    return `- \`${knob}\`: ${from === undefined ? 'new' : formatValue(from)} → **${formatValue(to)}** (${origin}): ${reason}`
  })
  return [`### ${agentId} (version ${version})`, '', ...lines].join('\n')
}
