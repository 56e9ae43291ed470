import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import type { ReportFormat } from '../model/report-schedule.ts'
import { parseSince } from '../model/since.ts'
import { readCycleReport, readPeriodReport } from '../reading/period-report.ts'
import { formatReportFile } from '../reports/formats.ts'
import { formatPeriodReport } from '../terminal/format-period-report.ts'
import { writeWhole } from '../terminal/write-whole.ts'

export interface PeriodOptions {
  since?: string
  until?: string
  cycle?: string
  format?: 'text' | ReportFormat
  out?: string
  json?: boolean
}

const usualTime = '7d'

/** Whether a time or a cycle is to be reported, rather than all results. */
export const isAboutPeriod = ({ since, until, cycle, format, out }: PeriodOptions): boolean =>
  [since, until, cycle, format, out].some((option) => option !== undefined)

/** Prints or writes the report of a time or a cycle. @throws OptimizerError `invalid-date`, `invalid-input`, `unknown-cycle`, `not-written` */
export async function reportPeriod(client: OptimizerClient, options: PeriodOptions): Promise<void> {
  const { out, json, format = json ? 'json' : 'text' } = options
  const report = await read(client, options)
  const text = format === 'text' ? `${formatPeriodReport(report)}\n` : formatReportFile(report, format)
  if (out === undefined) process.stdout.write(text)
  else {
    writeWhole(out, text)
    console.log(`The report is in ${out}.`)
  }
}

async function read(client: OptimizerClient, { since, until, cycle }: PeriodOptions) {
  if (cycle !== undefined) {
    if (since !== undefined || until !== undefined)
      throw new OptimizerError('invalid-input', 'A report is of a cycle or of a time; leave out --cycle, or --since and --until.')
    return await readCycleReport(client, cycle === 'latest' ? undefined : cycle)
  }
  const now = Date.now()
  const [from, to] = [parseSince(since ?? usualTime, now), until === undefined ? new Date(now) : parseSince(until, now)]
  if (from >= to)
    throw new OptimizerError('invalid-input', 'The time of a report ends before it begins; correct --since or --until.')
  return await readPeriodReport(client, { from, to })
}
