import { formatTimestamp } from '../model/format.ts'
import type { VersionView } from '../reading/configurations.ts'
import { formatTable } from './table.ts'

/** The versions that were in force on an agent, for the terminal. */
export function formatVersions(versions: readonly VersionView[]): string {
  return formatTable(
    ['version', 'in force since', 'why'],
    versions.map(({ version, since, reason }) => [version, formatTimestamp(since), reason]),
  )
}
