import { acknowledgeAlert } from '../client/alerts.ts'
import { readAlerts } from '../reading/alerts.ts'
import { formatAlerts } from '../terminal/format-alerts.ts'
import { printItems } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { everything, filterList } from './filters.ts'
import { withClient } from './with-client.ts'

export async function list({ all, json, ...filters }: FilterOptions & { all?: boolean; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    const alerts = await readAlerts(client, everything, all)
    const found = filterList(alerts.items, filters, {
      at: ({ raisedAt }) => raisedAt,
      components: ({ component, subject }) => [component, subject],
    })
    printItems(found, ({ items, total }) => formatAlerts(items, total), { noun: 'alert', json })
  })
}

export async function acknowledge(id: number, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await acknowledgeAlert(client, id, { by: currentUser(), reason })
    console.log(`Alert ${id} is acknowledged; it is not sent again unless it gets worse.`)
  })
}
