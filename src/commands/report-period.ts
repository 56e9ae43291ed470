import type { ReportFormat } from '../model/report-schedule.ts'
import type { StoredContext } from '../reading/context.ts'
import { type ReportRequest, readRequestedReport } from '../reading/requested-report.ts'
import { formatReportFile } from '../reports/formats.ts'
import { formatPeriodReport } from '../terminal/format-period-report.ts'
import { printMessage } from '../terminal/print.ts'
import { wrapText } from '../terminal/wrap-text.ts'
import { writeFileAtomically } from '../terminal/write-file-atomically.ts'

export interface PeriodOptions extends ReportRequest {
  format?: 'text' | ReportFormat
  out?: string
  json?: boolean
}

/** Whether to report on a period or a cycle rather than on all results. */
export const isAboutPeriod = ({ since, until, cycle, agent, format, out }: PeriodOptions): boolean =>
  [since, until, cycle, agent, format, out].some((option) => option !== undefined)

/** Prints or writes the report of a period or a cycle. @throws OptimizerError as `readRequestedReport`, `not-written` */
export async function reportPeriod(client: StoredContext, options: PeriodOptions): Promise<void> {
  const { out, json, format = json ? 'json' : 'text' } = options
  const report = await readRequestedReport(client, options)
  const text = format === 'text' ? `${wrapText(formatPeriodReport(report))}\n` : formatReportFile(report, format)
  if (out === undefined) process.stdout.write(text)
  else {
    writeFileAtomically(out, text)
    printMessage(`The report is in ${out}.`)
  }
}
