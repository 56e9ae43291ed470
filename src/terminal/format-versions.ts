import { formatTruncation } from '../model/format.ts'
import type { VersionView } from '../reading/configurations.ts'
import type { Page } from '../reading/list-extent.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The versions that were in force on an agent, for the terminal. */
export function formatVersions({ items, total }: Page<VersionView>): string {
  const table = formatTable(
    ['version', 'in force since', 'why'],
    items.map(({ version, since, reason }) => [version, formatTime(since), reason]),
  )
  return [table, ...formatTruncation(items.length, total, 'version')].join('\n')
}
