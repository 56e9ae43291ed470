import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { loadDashboard } from '../src/api/dashboard.ts'
import { startBrowser } from '../test/support/browser.ts'
import { startLargeFleet } from './large-fleet.ts'
import { createOfflineApp } from './offline-app.ts'
import { hearInstances, recordDays, recordHour } from './past.ts'
import { type Bench, median, type Row } from './timing.ts'

const agents = 10_000
const days = 90
const loads = 7
const goalMs = 1_000
const goalKiB = 200

/** The pages of the dashboard, and what shows that one is complete. */
const pages: [path: string, complete: string][] = [
  ['fleet', 'table.fleet .sparkline'],
  ['agents/agent-00007', '.tile'],
  ['trials', 'table tbody tr'],
  ['cycles', 'table tbody tr'],
  ['alerts', 'h1'],
  ['policy', '.traits'],
  ['learning', 'table tbody tr'],
  ['audit', 'table tbody tr'],
]

/** How long the pages of a fleet of ten thousand agents take in a browser that has none of it yet, and what they transfer. */
export const page: Bench = {
  name: 'page',
  async run() {
    const { db, stop } = await startLargeFleet(agents)
    try {
      await recordHour(db)
      await recordDays(db, { agents, days })
      const server = createAdaptorServer({ fetch: (await createOfflineApp(db, await loadDashboard())).fetch })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const browser = await startBrowser()
      try {
        const rows: Row[] = []
        for (const [path, complete] of pages) {
          await hearInstances(db)
          rows.push(await measure(browser, `${url}/#/${path}`, { path, complete }))
        }
        return rows
      } finally {
        await browser.close()
        server.close()
        if ('closeAllConnections' in server) server.closeAllConnections()
      }
    } finally {
      await stop()
    }
  },
}

async function measure(browser: Browser, url: string, { path, complete }: { path: string; complete: string }): Promise<Row> {
  const times: number[] = []
  let kib = 0
  for (let load = 0; load < loads; load++) {
    const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } })
    const tab = await context.newPage()
    const network = await context.newCDPSession(tab)
    await network.send('Network.enable')
    let bytes = 0
    network.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await tab.goto(url, { waitUntil: 'commit' })
    await tab.locator(complete).first().waitFor()
    // The page answers once the work that led there is done.
    times.push(await tab.evaluate(() => new Promise<number>((resolve) => setTimeout(() => resolve(performance.now())))))
    kib = bytes / 1_024
    await context.close()
  }
  console.log(`${path}: ${kib.toFixed(0)} KiB transferred (goal: ${goalKiB})`)
  return { what: `the page ${path}, complete`, medianMs: median(times), goalMs }
}
