/** Tells receivers once: of requests for approval, and reports that are due. */
import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { computeDuePeriods, type ScheduledReport } from '../model/report-schedule.ts'
import type { ReadContext } from '../reading/context.ts'
import { readCycleReport, readPeriodReport } from '../reading/period-report.ts'
import type { PeriodReport } from '../reading/period-report-schema.ts'
import { formatReportFile } from '../reports/formats.ts'
import { summarizeReport } from '../reports/outline.ts'
import { postApproval } from '../sinks/approval-slack.ts'
import { getReceiverId, sendReport } from '../sinks/report.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { listLatestCycles } from '../store/cycles.ts'
import { listNotifiedSubjects, recordNotice, wasNoticeSent } from '../store/notices.ts'

/** After a failure, a receiver is skipped for this long. */
const retryDelayMs = 60_000
/** Reports of cycles that ended longer ago are not sent any more. */
const freshMs = 3_600_000
/** More cycles do not end between two looks. */
const maxCycles = 20

/** Something to notify a receiver of once. */
interface Notice {
  receiver: string
  subject: string
  send(): Promise<void>
}

/**
 * Sends the notices that are due, concurrently with the monitoring. A notice that was not delivered is sent again; a receiver may get
 * something twice.
 */
export class NoticeSender {
  readonly #context: ReadContext
  readonly #onFailure: (receiver: string, error: unknown) => void
  readonly #pausedUntil = new Map<string, number>()
  #running: Promise<void> | undefined

  constructor(context: ReadContext, onFailure: (receiver: string, error: unknown) => void) {
    this.#context = context
    this.#onFailure = onFailure
  }

  /** Begins to send, unless it does so already. */
  start(): void {
    const { approval, reports } = this.#context.config
    if (this.#running || (!approval.slack && reports.length === 0)) return
    this.#running = this.send()
      .catch((error: unknown) => this.#onFailure('everybody', error))
      .finally(() => {
        this.#running = undefined
      })
  }

  /** Resolves once nothing is being sent. */
  async finish(): Promise<void> {
    await this.#running
  }

  /** Sends everything that is due. @param now milliseconds since the epoch */
  async send(now = Date.now()): Promise<void> {
    for (const notice of await listDue(this.#context, now)) await this.#sendOnce(notice, now)
  }

  async #sendOnce({ receiver, subject, send }: Notice, now: number): Promise<void> {
    const { db } = this.#context
    if ((this.#pausedUntil.get(receiver) ?? 0) > now || (await wasNoticeSent(db, receiver, subject))) return
    try {
      await send()
      await recordNotice(db, receiver, subject)
    } catch (error) {
      this.#pausedUntil.set(receiver, now + retryDelayMs)
      this.#onFailure(receiver, error)
    }
  }
}

async function listDue(context: ReadContext, now: number): Promise<Notice[]> {
  const { config } = context
  const reports = await Promise.all(config.reports.map((schedule) => listDueReports(context, schedule, now)))
  return [...(await listDueApprovals(context.db, config)), ...reports.flat()]
}

async function listDueApprovals(db: ReadContext['db'], { approval: { slack } }: Config): Promise<Notice[]> {
  if (!slack) return []
  const receiver = `approvals ${createHash('sha256').update(slack.url).digest('hex').slice(0, 8)}`
  const open = await listOpenApprovals(db)
  return open.map((approval) => ({
    receiver,
    subject: `approval ${approval.trialId}`,
    send: () => postApproval(slack, approval),
  }))
}

async function listDueReports(context: ReadContext, schedule: ScheduledReport, now: number): Promise<Notice[]> {
  const receiver = getReceiverId(schedule)
  const send = async (name: string, report: PeriodReport) =>
    await sendReport(schedule, {
      name,
      inFormat: (format) => formatReportFile(report, format),
      summarize: () => summarizeReport(report),
    })
  const { every, at } = schedule
  if (every !== 'cycle') {
    const beginning = `report ${every} `
    const sent = await listNotifiedSubjects(context.db, receiver, beginning)
    const ends = sent.map((subject) => new Date(subject.slice(beginning.length)))
    return computeDuePeriods(every, at, now, ends).map((period) => ({
      receiver,
      subject: `${beginning}${period.to.toISOString()}`,
      send: async () => await send(`${every}-${period.to.toISOString().slice(0, 10)}`, await readPeriodReport(context, period)),
    }))
  }
  const cycles = await listLatestCycles(context.db, maxCycles)
  return cycles
    .filter(({ endedAt, dryRun }) => endedAt && !dryRun && endedAt.getTime() > now - freshMs)
    .map(({ id }) => ({
      receiver,
      subject: `report cycle ${id}`,
      send: async () => await send(`cycle-${id}`, await readCycleReport(context, id)),
    }))
}
