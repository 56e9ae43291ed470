import { joinWithAnd, pluralize } from '../model/format.ts'
import type { ImportReport, TableReport } from '../model/import-mapping.ts'
import { toCleanText } from '../model/text.ts'

/** The result of an import, for the terminal: which rows of each table were imported or refused and why, and which agents they belong to. Names and values come from the file, so they are untrusted. */
export function formatImport({ file, isDryRun, retentionDays, tables, left, agents }: ImportReport): string {
  return [
    isDryRun ? `This is how ${file} would be read; nothing was stored.` : `Imported ${file}.`,
    ...tables.flatMap((table) => (isDryRun ? formatPlan(table) : formatTaken(table))),
    ...tables.flatMap((table) => describeExpired(table, retentionDays)),
    ...left.map(({ table, reason }) => `${table}: skipped, ${reason}`),
    ...agents.flatMap(({ agentId, names, isConnected }) => [
      ...(names.length > 0 ? [`${joinWithAnd(names)} is agent ${agentId}`] : []),
      ...(isConnected ? [] : [`${agentId} has never connected; its history starts to count once it connects`]),
    ]),
  ]
    .map((line) => toCleanText(line))
    .join('\n')
}

function formatTaken({ table, taken, known, refused, reasons }: TableReport): string[] {
  const before = known > 0 ? `, ${known} already present` : ''
  return [`${table}: ${pluralize(taken, 'row')} imported${before}, ${refused} refused`, ...listReasons(reasons, refused)]
}

const describeExpired = ({ table, expired }: TableReport, days: number) =>
  expired === 0
    ? []
    : [
        `${table}: ${pluralize(expired, 'row')} left out, because such data is deleted after ${pluralize(days, 'day')}; to keep them, raise data_retention_days and import the file again`,
      ]

function formatPlan({ table, from, key, columns, rows, taken, refused, expired, reasons }: TableReport): string[] {
  const mapped = Object.entries(columns).map(([name, column]) => (name === column ? name : `${name} from ${column}`))
  return [
    `${table}: from ${from}, ${pluralize(rows, 'row')}, by ${key}`,
    `  columns: ${mapped.join(', ')}`,
    `  of the first ${pluralize(taken + expired + refused, 'row')}, ${taken} can be imported`,
    ...listReasons(reasons, refused),
  ]
}

const listReasons = (reasons: readonly string[], all: number) => [
  ...reasons.map((reason) => `  refused: ${reason}`),
  ...(all > reasons.length ? [`  and ${all - reasons.length} more`] : []),
]
