import { styleText } from 'node:util'
import type { PeriodReport } from '../reading/period-report-schema.ts'
import { describeReport, outlineReport, type ReportSection } from '../reports/outline.ts'
import { formatTable } from './table.ts'

/** The report of a period, for the terminal. */
export const formatPeriodReport = (report: PeriodReport): string =>
  [describeReport(report), ...outlineReport(report).flatMap(formatSection)].join('\n\n')

function formatSection({ title, lines, table }: ReportSection): string[] {
  const content = [...lines, ...(table?.rows.length ? [formatTable(table.head, table.rows)] : [])]
  return content.length === 0 ? [] : [[styleText('bold', title), ...content].join('\n')]
}
