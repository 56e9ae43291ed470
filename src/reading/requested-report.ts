import { OptimizerError } from '../model/errors.ts'
import { parseSince } from '../model/since.ts'
import type { StoredContext } from './context.ts'
import { readCycleReport, readPeriodReport } from './period-report.ts'
import type { PeriodReport } from './period-report-schema.ts'
import { resolveCycleId } from './short-ids.ts'

/** The report that a person requests: of a cycle, or of a period, by default the last week. */
export interface ReportRequest {
  /** How long ago the time began, such as `7d`, or a date and time. */
  since?: string | undefined
  /** When it ended, likewise; now by default. */
  until?: string | undefined
  /** The id of a cycle, its beginning or its end, or `latest`. */
  cycle?: string | undefined
  /** Only this agent. */
  agent?: string | undefined
}

const usualTime = '7d'

/** @throws OptimizerError `invalid-date`, `invalid-input`, `unknown-cycle`, `unknown-agent` */
export async function readRequestedReport(
  context: StoredContext,
  { since, until, cycle, agent }: ReportRequest,
): Promise<PeriodReport> {
  if (cycle !== undefined) {
    if (since !== undefined || until !== undefined)
      throw new OptimizerError('invalid-input', 'A report covers a cycle or a period; omit the cycle, or omit since and until.')
    return await readCycleReport(context, cycle === 'latest' ? undefined : await resolveCycleId(context, cycle), agent)
  }
  const now = Date.now()
  const [from, to] = [parseSince(since ?? usualTime, now), until === undefined ? new Date(now) : parseSince(until, now)]
  if (from >= to)
    throw new OptimizerError('invalid-input', 'The period of the report ends before it begins; correct since or until.')
  return await readPeriodReport(context, { from, to }, agent)
}
