import { acknowledgeAlert, reportAlert } from '../client/alerts.ts'
import { withDatabase } from '../client/with-database.ts'
import { severitySchema } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { readAlerts } from '../reading/alerts.ts'
import { formatAlerts } from '../terminal/format-alerts.ts'
import { printItems, printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { filterList, maxFilteredEntries } from './filters.ts'
import { withClient } from './with-client.ts'

export async function showAlerts({ all, json, ...filters }: FilterOptions & { all?: boolean; json?: boolean }): Promise<void> {
  await withDatabase(async (client) => {
    const alerts = await readAlerts(client, { limit: maxFilteredEntries, isOpen: !all })
    const found = filterList(alerts.items, filters, {
      at: ({ raisedAt }) => raisedAt,
      components: ({ component, subject }) => [component, subject],
    })
    printItems(found, ({ items, total }) => formatAlerts(items, total), { noun: 'alert', json })
  })
}

export async function acknowledge(id: number, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await acknowledgeAlert(client, id, { by: getCurrentUser(), reason })
    printMessage(`Alert ${id} is acknowledged; it is not sent again unless it gets worse.`)
  })
}

interface ReportOptions {
  severity?: string
  component?: string
  over?: boolean
  reason: string
}

export async function runReportAlert(
  about: 'performance' | 'agent' | 'resource',
  name: string | undefined,
  { severity: named, component, over, reason }: ReportOptions,
): Promise<void> {
  const severity = parseSeverity(named)
  assertMeant(about, { name, severity, component, over })
  const note = { by: getCurrentUser(), reason }
  await withClient(async (client) => {
    if (about === 'performance') await reportAlert(client, { type: 'performanceAlert', severity, ...note })
    else if (!name) throw new OptimizerError('invalid-input', `Name the ${about}: npx optimizer alerts report ${about} <name>.`)
    else if (about === 'agent') await reportAlert(client, { type: 'agentUnderperformance', agent: name, severity, ...note })
    else await reportAlert(client, { type: 'resourceConstraintWarning', resource: name, component, isOver: over, ...note })
    printMessage('Reported; npx optimizer status shows what the optimizer is doing about it.')
  })
}

/** Rejects options that would have no effect. @throws OptimizerError `invalid-input` */
function assertMeant(about: keyof typeof meaningless, given: Record<string, unknown>): void {
  const [vain] = meaningless[about].filter((option) => given[option] !== undefined)
  if (vain === undefined) return
  const called = vain === 'name' ? vain : `--${vain}`
  throw new OptimizerError('invalid-input', `A report about ${about} takes no ${called}.`)
}

const meaningless = {
  performance: ['name', 'component', 'over'],
  agent: ['component', 'over'],
  resource: ['severity'],
}

function parseSeverity(text: string | undefined) {
  const { success, data } = severitySchema.optional().safeParse(text)
  if (success) return data
  throw new OptimizerError('invalid-input', `${text} is not a severity; use ${severitySchema.options.join(', ')}.`)
}
