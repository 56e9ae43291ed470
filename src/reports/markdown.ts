import type { PeriodReport } from '../reading/period-report-schema.ts'
import { describeReport, outlineReport, type ReportSection } from './outline.ts'

/** The report in GitHub's Markdown. */
export function formatMarkdownReport(report: PeriodReport): string {
  return `${[`# ${escapeText(describeReport(report))}`, ...outlineReport(report).flatMap(formatSection)].join('\n\n')}\n`
}

function formatSection({ title, lines, table }: ReportSection): string[] {
  if (lines.length === 0 && !table?.rows.length) return []
  return [`## ${title}`, ...lines.map(escapeText), ...(table?.rows.length ? [formatTable(table)] : [])]
}

function formatTable({ head, rows }: NonNullable<ReportSection['table']>): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => escapeText(String(cell))).join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** Names, values and reasons come from others: none may become a link, a picture, HTML or another cell. */
const escapeText = (text: string) => text.replace(/[\\`*[\]<>|&]/g, '\\$&').replace(/\s*\n\s*/g, ' ')
