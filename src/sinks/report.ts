import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSignatureHeaders } from '../messaging/signature.ts'
import type { ReportFormat, ScheduledReport } from '../model/report-schedule.ts'
import { postJson } from './sink.ts'
import { escapeText } from './slack.ts'

/** A report in the forms that receivers may need; each is made only if it is. */
export interface ReportNotice {
  /** Part of the name of a file, such as `2026-11-29`. */
  name: string
  inFormat(format: ReportFormat): string
  /** A few sentences; the first is the title. */
  summarize(): string[]
}

const extensions: Readonly<Record<ReportFormat, string>> = { html: 'html', markdown: 'md', json: 'json' }

/** Sends a report to its receiver. @throws Error unless the receiver has it */
export async function sendReport(schedule: ScheduledReport, notice: ReportNotice): Promise<void> {
  if (schedule.type === 'file') return writeReport(schedule, notice)
  if (schedule.type === 'webhook') {
    const body = `{"report":${notice.inFormat('json')}}`
    return await postJson(schedule.url, body, createSignatureHeaders(schedule.secret, body))
  }
  const [title = '', ...lines] = notice.summarize().map(escapeText)
  await postJson(schedule.url, JSON.stringify({ text: [`*${title}*`, ...lines].join('\n') }))
}

/** Written beside its place first, so that nobody reads half of one. */
function writeReport({ folder, format }: Extract<ScheduledReport, { type: 'file' }>, { name, inFormat }: ReportNotice): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `optimizer-${name.replace(/[^\w.-]/g, '_')}.${extensions[format]}`)
  writeFileSync(`${file}.part`, inFormat(format))
  renameSync(`${file}.part`, file)
}

/** Identifies the receiver in the record of what was sent; an address may contain a secret, which must not appear there. */
export const getReceiverId = (schedule: ScheduledReport): string =>
  schedule.name ?? `${schedule.type} ${createHash('sha256').update(JSON.stringify(schedule)).digest('hex').slice(0, 8)}`
