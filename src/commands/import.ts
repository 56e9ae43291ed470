import { readFileSync } from 'node:fs'
import { importSqlite } from '../importing/import.ts'
import { OptimizerError } from '../model/errors.ts'
import { type ImportMapping, importMappingSchema } from '../model/import-mapping.ts'
import { describeIssue } from '../model/issue.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { formatImport } from '../terminal/format-import.ts'
import { print } from '../terminal/print.ts'
import { createProgressBar } from '../terminal/progress-bar.ts'
import { withClient } from './with-client.ts'

export async function importFile(
  path: string,
  { mapping: mappingFile, dryRun, json }: { mapping?: string; dryRun?: boolean; json?: boolean },
): Promise<void> {
  const mapping = readMapping(mappingFile)
  await withClient(async (client) => {
    const { data_retention_days: retentionDays } = await readEngineSettings(client)
    const progress = createProgressBar()
    try {
      const options = { path, mapping, retentionDays, isDryRun: dryRun ?? false, onProgress: progress.update }
      const report = await importSqlite(client.db, options)
      progress.end()
      print(report, formatImport, json)
    } finally {
      progress.end()
    }
  })
}

/** @throws OptimizerError `invalid-mapping` */
function readMapping(file: string | undefined): ImportMapping {
  if (file === undefined) return importMappingSchema.parse({})
  const fail = (reason: string, cause?: unknown) =>
    new OptimizerError('invalid-mapping', `The mapping ${file} cannot be used: ${reason}.`, { cause })
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw fail('it is not a JSON file that can be read', cause)
  }
  const parsed = importMappingSchema.safeParse(content)
  if (!parsed.success) throw fail(describeIssue(parsed.error, 'the mapping'))
  return parsed.data
}
