import type { PeriodReport } from '../reading/period-report-schema.ts'
import { plotBottlenecks, plotCalibration, plotGains } from './charts.ts'
import { escapeHtml } from './escape-html.ts'
import { describeReport, outlineReport, type ReportSection, type SectionName } from './outline.ts'

const plots: Partial<Record<SectionName, (report: PeriodReport) => string | undefined>> = {
  gains: plotGains,
  bottlenecks: plotBottlenecks,
  calibration: plotCalibration,
}

const style = `
:root { color-scheme: light dark; --text: #1b1f24; --back: #fff; --faint: #6a737d; --line: #d0d7de; --good: #1a7f37; --bad: #cf222e }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --back: #0d1117; --faint: #9198a1; --line: #3d444d; --good: #3fb950; --bad: #f85149 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--line) }
.table { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: 14px }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) } th { color: var(--faint); font-weight: 600 }
svg { width: 100%; max-width: 720px; height: auto; display: block; margin: 1rem 0; font-size: 12px } svg text { fill: var(--text) }
svg .axis { stroke: var(--faint) } .gained line { stroke: var(--good); stroke-width: 2 } .gained circle, .held { fill: var(--good) }
.lost line { stroke: var(--bad); stroke-width: 2 } .lost circle { fill: var(--bad) } .missed { fill: none; stroke: var(--bad); stroke-width: 2 }
.critical { fill: #b91c1c } .high { fill: #ea580c } .medium { fill: #d4a017 } .low { fill: #8b949e }
`

/** The report as one file, which loads nothing and runs nothing. */
export function formatHtmlReport(report: PeriodReport): string {
  const title = escapeHtml(describeReport(report))
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1>
${outlineReport(report)
  .map((section) => formatSection(section, plots[section.name]?.(report)))
  .join('\n')}
</main></body></html>
`
}

function formatSection({ title, lines, table }: ReportSection, plot = ''): string {
  if (lines.length === 0 && !table?.rows.length) return ''
  return [
    `<section><h2>${title}</h2>`,
    ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
    plot,
    table?.rows.length ? formatTable(table) : '',
    '</section>',
  ]
    .filter(Boolean)
    .join('\n')
}

function formatTable({ head, rows }: NonNullable<ReportSection['table']>): string {
  const cells = (tag: string, row: readonly (string | number)[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(String(cell))}</${tag}>`).join('')
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')
  return `<div class="table"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}
