import type { ReportFormat } from '../model/report-schedule.ts'
import type { PeriodReport } from '../reading/period-report-schema.ts'
import { formatHtmlReport } from './html.ts'
import { formatMarkdownReport } from './markdown.ts'

/** A report as a file of a format. */
export function formatReportFile(report: PeriodReport, format: ReportFormat): string {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`
  return format === 'html' ? formatHtmlReport(report) : formatMarkdownReport(report)
}
