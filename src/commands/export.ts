import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { withDatabase } from '../client/with-database.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatUnifiedDiff } from '../model/unified-diff.ts'
import { type ExportedAgent, readExport } from '../reading/export.ts'
import { formatChanges, formatSettings, toSettings, updateSettings } from '../terminal/format-export.ts'

interface ExportOptions {
  markdown?: boolean
  patch?: string
  json?: boolean
}

export async function exportSettings(agentId: string | undefined, options: ExportOptions): Promise<void> {
  await withDatabase(async (client) => {
    process.stdout.write(format(await readExport(client, agentId), options))
  })
}

function format(agents: readonly ExportedAgent[], { markdown, patch, json }: ExportOptions): string {
  if (markdown) return `${formatChanges(agents)}\n`
  if (json) return formatSettings({ agents })
  if (patch === undefined) return formatSettings(toSettings(agents))
  const before = existsSync(patch) ? readFileSync(patch, 'utf8') : ''
  const after = formatSettings(updateSettings(parseSettings(patch, before), agents))
  return formatUnifiedDiff(patch, before, after)
}

/** @throws OptimizerError `invalid-input` */
function parseSettings(file: string, text: string): Record<string, object> {
  if (text === '') return {}
  try {
    return z.record(z.string(), z.looseObject({})).parse(JSON.parse(text))
  } catch (cause) {
    const message = `${file} is not JSON of the form {"<agent>": {"<knob>": <value>}}; npx optimizer export writes such a file.`
    throw new OptimizerError('invalid-input', message, { cause })
  }
}
