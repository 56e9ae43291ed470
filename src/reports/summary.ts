import type { PeriodReport } from '../reading/period-report.ts'
import { describeReport, outlineReport, type SectionName } from './outline.ts'

/** How many rows of a table a summary has. */
const mostRows: Partial<Record<SectionName, number>> = { gains: 5, bottlenecks: 3, recommendations: 3 }

/** A few sentences for a message: the title, the impact, and the first rows of what matters most. */
export function summarizeReport(report: PeriodReport): string[] {
  return [
    describeReport(report),
    ...outlineReport(report).flatMap(({ name, title, lines, table }) => {
      if (name === 'impact') return lines
      const rows = (table?.rows ?? []).slice(0, mostRows[name] ?? 0)
      return rows.length === 0 ? [] : [`${title}:`, ...rows.map((row) => `• ${row.filter((cell) => cell !== '').join(' · ')}`)]
    }),
  ]
}
