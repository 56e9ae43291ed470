import { existsSync, readFileSync } from 'node:fs'
import { withDatabase } from '../client/with-database.ts'
import { type ExportedAgent, readExport } from '../reading/export.ts'
import { formatChangesAsMarkdown, formatPatch, formatSettings, toSettings } from '../terminal/format-export.ts'
import { findPathInRepository } from '../terminal/path-in-repository.ts'

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
  if (markdown) return `${formatChangesAsMarkdown(agents)}\n`
  if (json) return formatSettings({ agents })
  if (patch === undefined) return formatSettings(toSettings(agents))
  const before = existsSync(patch) ? readFileSync(patch, 'utf8') : undefined
  return formatPatch(findPathInRepository(patch), before, agents)
}
