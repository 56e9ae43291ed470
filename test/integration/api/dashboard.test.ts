import type { Browser, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadDashboard } from '../../../src/api/dashboard.ts'
import { createToken } from '../../../src/client/tokens.ts'
import { isSameConfiguration } from '../../../src/model/knob.ts'
import { readAudit } from '../../../src/reading/audit.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert, resolveAlert } from '../../../src/store/alerts.ts'
import { listOpenAnomalies, recordAnomalies } from '../../../src/store/anomalies.ts'
import { findApproval } from '../../../src/store/approvals.ts'
import { replaceBottlenecks } from '../../../src/store/bottlenecks.ts'
import { recordReadings } from '../../../src/store/components.ts'
import { appendConfiguration } from '../../../src/store/configurations.ts'
import { recordCycleEnd, recordCycleSkips, recordCycleStart } from '../../../src/store/cycles.ts'
import { findPause } from '../../../src/store/pause.ts'
import { insertPolicyChanges } from '../../../src/store/policy-changes.ts'
import { listRunningChanges } from '../../../src/store/running-changes.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { startRestore } from '../../../src/temporal/starters.ts'
import { anomaly } from '../../support/anomalies.ts'
import { findSeriousViolations, startBrowser } from '../../support/browser.ts'
import { eventually, patienceMs } from '../../support/eventually.ts'
import { announcement, strategyFor } from '../../support/store.ts'
import { System } from '../../support/system.ts'
import { edit, inState, tryChange } from '../../support/trials.ts'

const script = '<img src=x onerror=alert(1)>'
const cycleId = 'cycle-seen'

let system: System
let browser: Browser
let page: Page
let trialId: string
let againId: string
const problems: string[] = []

beforeAll(async () => {
  ;[system, browser] = await Promise.all([
    System.start({ maxSamples: 10_000 }, {}, { dashboard: await loadDashboard() }),
    startBrowser(),
  ])
  system.startWorker()
  const [, , context] = await Promise.all([system.startAgent('hunter', 2), seed(system), browser.newContext()])
  page = await context.newPage()
  await page.addInitScript(countClicks)
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (message) => message.type() === 'error' && problems.push(`${message.text()} ${message.location().url}`))
  page.on('dialog', async (dialog) => {
    problems.push(`a script ran: ${dialog.message()}`)
    await dialog.dismiss()
  })
  trialId = (await tryChange(system, 'hunter', { padding: 5 })).trialId
})
afterAll(async () => {
  await browser?.close()
  await system?.stop()
})

/** An agent with a script for a name, a cycle with a bottleneck and a strategy, and a change that waits for approval. */
async function seed(system: System): Promise<void> {
  const { db } = system
  const queue = { component: 'queue', kind: 'other' as const, at: new Date(), others: { queueDepth: 4 } }
  await recordReadings(db, [{ ...queue, status: 'healthy' }], 15_000)
  await registerInstance(db, announcement(script, 'script-1', { kind: script }), Date.now())
  await registerInstance(db, announcement('analyzer', 'analyzer-1'), Date.now())
  await recordCycleStart(db, { id: cycleId, runId: 'run' })
  const fix = { description: `${script} is slow`, impact: 40, suggestedFix: 'cache more' }
  await replaceBottlenecks(db, cycleId, null, [
    { type: 'agent_response_time', severity: 'high', affectedComponent: 'analyzer', ...fix },
    { type: 'resource_anomaly', severity: 'high', affectedComponent: 'host-1', ...fix },
  ])
  const asking = { ...strategyFor('analyzer', 'opt_1_asked'), asks: { risk: 'high', autonomy: 0.8 } as const, why: script }
  await insertStrategies(db, cycleId, [asking, strategyFor(script, 'opt_2_left')])
  await recordCycleSkips(db, cycleId, [`${script}: no change is left`])
  await recordCycleEnd(db, cycleId, { state: 'completed', phases: { collectMs: 200, detectMs: 50, trialsMs: 4_000 } })
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000)
  const metrics = [30, 20, 10, 1].map((minutes) => ({
    agentId: 'analyzer',
    at: at(minutes),
    responseTime: 900 + minutes,
    successRate: 0.9,
  }))
  await db.insertInto('agentMetrics').values(metrics).execute()
  const open = { component: 'queue', since: at(30).getTime(), detectedAt: at(29).getTime() }
  await recordAnomalies(db, { open: [anomaly(open)], ended: [] })
  await startTrial(system, asking.id)
}

async function startTrial({ client }: System, strategyId: string): Promise<void> {
  const { taskQueue } = client
  await client.temporal.workflow.start('trial', { workflowId: `trial-${strategyId}`, taskQueue, args: [{ strategyId }] })
}

const paddingOf = async (agentId: string) => (await getCurrentConfiguration(system.db, agentId)).values.padding

const open = async (path: string, heading: string | RegExp) => {
  await page.goto(`${system.apiUrl}/#/${path}`)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
}

const countClicks = 'globalThis.clicks = 0; addEventListener("click", ({ isTrusted }) => { clicks += isTrusted ? 1 : 0 }, true)'
const maxClicks = 3

/** Does something from the first page on, which takes at most three clicks. @param chosen options that are chosen, of two clicks each */
async function fromFirstPage(act: () => Promise<void>, chosen = 0): Promise<void> {
  await page.goto(system.apiUrl)
  await page.getByRole('heading', { level: 1, name: 'Fleet' }).waitFor()
  const clicks = () => page.evaluate<number>('clicks')
  const before = await clicks()
  await act()
  const counted = (await clicks()) - before + 2 * chosen
  expect(counted).toBeGreaterThan(0)
  expect(counted).toBeLessThanOrEqual(maxClicks)
}

/** Presses a button and gives the command in the dialog that it opens. */
async function command(button: string, confirm: string | RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your name').fill('ada')
  await dialog.getByLabel('Reason').fill('a test')
  await dialog.getByRole('button', { name: confirm, exact: typeof confirm === 'string' }).click()
  await dialog.waitFor({ state: 'detached' })
}

describe('the dashboard', () => {
  it('shows every page without an error and without a serious violation of accessibility, also in the dark', async () => {
    const pages: [path: string, heading: string | RegExp, content: string | RegExp][] = [
      ['fleet', 'Fleet', '901 ms'],
      ['trials', 'Trials', 'No trial has ended yet'],
      [`trials/${trialId}`, /hunter: padding/, 'Target and guardrails'],
      ['cycles', 'Cycles', 'completed'],
      [`cycles/${cycleId}`, 'Cycle for the whole fleet', 'cacheSize 2 → 4'],
      ['bottlenecks', 'Bottlenecks', 'is slow'],
      ['agents/analyzer', 'analyzer', 'cache more'],
      ['approvals', 'Approvals', 'high risk'],
      ['alerts', 'Alerts', 'No open alerts'],
      ['components', 'Components', 'queueDepth 4'],
      ['policy', 'Policy', 'a trial needs 20 recent executions'],
      ['learning', 'Learning', 'No trial has ended yet'],
      ['audit', 'Audit', 'approval.asked'],
    ]
    const violations: Record<string, string[]> = {}
    for (const [index, [path, heading, content]] of pages.entries()) {
      await page.emulateMedia({ colorScheme: index % 2 === 0 ? 'light' : 'dark' })
      await open(path, heading)
      const shown = page.getByText(content).first().waitFor()
      await shown.catch(async (cause) => {
        throw new Error(`${path} does not show ${content}: ${await page.locator('body').innerText()}; problems: ${problems}`, {
          cause,
        })
      })
      const found = await findSeriousViolations(page)
      if (found.length > 0) violations[path] = found
    }
    expect(violations).toEqual({})
    expect(problems).toEqual([])
  })

  it('shows a script in a name or a reason as text', async () => {
    await open('fleet', 'Fleet')
    await page.getByRole('link', { name: script }).click()
    await page.getByRole('heading', { level: 1, name: script }).waitFor()
    await open('approvals', 'Approvals')
    await page.getByText(script).waitFor()
    expect(problems).toEqual([])
  })

  it('leads to the slowest agent and to why it is slow in three clicks', async () => {
    await fromFirstPage(async () => {
      await page.getByLabel('Order').selectOption('Slowest first')
      await page.locator('table.fleet tbody tr').first().getByRole('link', { name: 'analyzer' }).click()
      await page.getByRole('heading', { level: 1, name: 'analyzer' }).waitFor()
      await page.getByRole('list', { name: 'Bottlenecks of the latest cycle' }).getByText('is slow').waitFor()
    }, 1)
    expect(problems).toEqual([])
  })

  it('shows and orders the fleet by a metric that the reader chooses', async () => {
    await open('fleet', 'Fleet')
    await page.getByLabel('Metric shown').selectOption('success rate')
    await page.getByRole('columnheader', { name: 'success rate' }).waitFor()
    await page.getByRole('row', { name: 'analyzer' }).getByText('90%').first().waitFor()
    expect(page.url()).toContain('#/fleet?metric=successRate&sort=value')
    await page.reload()
    await page.getByRole('columnheader', { name: 'success rate' }).waitFor()
    await open('fleet?metric=nothing', 'Fleet')
    await page.waitForURL((url) => !url.hash.includes('metric'))
    const unknown = await fetch(`${system.apiUrl}/api/fleet?metric=nothing`)
    expect({ status: unknown.status, body: await unknown.json() }).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid-input' } },
    })
  })

  it('leads to the trial of an agent in three clicks', async () => {
    await fromFirstPage(async () => {
      await page.getByRole('row', { name: 'hunter' }).getByRole('link', { name: 'padding' }).click()
      await page.getByRole('heading', { level: 1, name: /hunter: padding/ }).waitFor()
      await page.getByText('Target and guardrails').waitFor()
    })
  })

  it('approves a change in three clicks', async () => {
    await fromFirstPage(async () => {
      await page.getByRole('link', { name: /^Approvals/ }).click()
      await command('Approve…', 'Approve')
      await page.getByText('Nothing is waiting for approval').waitFor()
    })
    expect(await findApproval(system.db, 'opt_1_asked')).toMatchObject({ decidedBy: 'ada' })
  })

  it('rolls back a trial after it has said what will be put back', async () => {
    await open(`trials/${trialId}`, /hunter: padding/)
    await page.getByRole('button', { name: 'Roll back…' }).click()
    await page.getByRole('dialog').getByText('padding 5 → 0').waitFor()
    await page.keyboard.press('Escape')
    await command('Roll back…', 'Roll back')
    await inState(system, trialId, ['restored'])
    await page.getByText('requested by ada: a test').first().waitFor()
    expect((await findTrial(system.db, trialId))!.state).toBe('restored')
  })

  it('finds a trial that has ended by its agent and outcome, and tries its change again', async () => {
    await open('trials', 'Trials')
    await page.getByLabel('Agent', { exact: true }).fill('hunter')
    await page.getByRole('button', { name: 'Kept', exact: true }).click()
    await page.getByText('No trials match').waitFor()
    await page.getByRole('button', { name: 'Rolled back', exact: true }).click()
    await command('Try again padding 0 → 5', 'Try again')
    const again = await eventually('the new trial', async () => (await listRunningChanges(system.db, ['hunter']))[0])
    againId = again.id
    expect(again.strategy).toMatchObject({ repeats: trialId, type: 'operator_request', actions: [{ knob: 'padding', to: 5 }] })
    // The rules of admission answer at once: the agent is in a trial now.
    await page.getByRole('button', { name: 'Try again padding 0 → 5' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Try again', exact: true }).click()
    await page.getByRole('dialog').getByRole('alert').waitFor()
    await page.keyboard.press('Escape')
    const refused = await fetch(`${system.apiUrl}/api/trials/${again.id}/retry`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ by: 'ada' }),
    })
    expect(await refused.json()).toMatchObject({ error: { code: 'trial-open' } })
    const { entries } = await readAudit(system.client, { action: 'trial.retried', limit: 1 })
    expect(entries).toMatchObject([{ actor: 'ada', cause: trialId, reason: 'a test', detail: { trialId: again.id } }])
  })

  it('filters the audit in the address, says what was done, leads to it, and undoes it', async () => {
    const before = await getCurrentConfiguration(system.db, 'analyzer')
    await edit(system, 'analyzer', { cacheSize: 3 })
    await open('audit?action=configuration&subject=analyzer', 'Audit')
    const row = page.getByRole('row', { name: 'configuration.changed' }).first()
    await row.getByText('configuration.changed').first().click()
    await row.getByText('cacheSize 3').waitFor()
    await row.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('dialog').getByText('cacheSize 3 → 2').waitFor()
    expect((await getCurrentConfiguration(system.db, 'analyzer')).values, 'so far').toMatchObject({ cacheSize: 3 })
    await page.keyboard.press('Escape')
    await command('Undo configuration.changed of analyzer', 'Undo')
    const isBack = async () => isSameConfiguration((await getCurrentConfiguration(system.db, 'analyzer')).values, before.values)
    await eventually('the values before', async () => (await isBack()) || undefined)
    await page.getByRole('button', { name: 'Last hour' }).click()
    await page.getByLabel('Who').fill('nobody')
    await page.getByText('No entries match').waitFor()
    expect(page.url()).toContain('action=configuration&subject=analyzer&since=hour&actor=nobody')
    await page.getByLabel('Who').fill('')
    await page.getByRole('row').getByRole('link', { name: 'analyzer' }).first().click()
    await page.getByRole('heading', { level: 1, name: 'analyzer' }).waitFor()
  })

  it('keeps a running trial, undoes it in three clicks, and goes back to its version', async () => {
    await open(`trials/${againId}`, /hunter: padding/)
    await page.getByText('Who can end it, and how').click()
    await page.getByText(`npx optimizer rollback ${againId}`, { exact: true }).waitFor()
    await command('Keep…', 'Keep on every instance')
    await inState(system, againId, ['kept'])
    await fromFirstPage(async () => {
      await page.getByRole('link', { name: /^Trials/ }).click()
      await command('Undo padding 0 → 5', 'Undo')
    })
    await eventually('the values before', async () => (await paddingOf('hunter')) === 0 || undefined)
    await open('audit?action=trial.concluded&subject=hunter', 'Audit')
    await page.getByText('undone').first().waitFor({ state: 'attached' })
    expect(await page.getByRole('button', { name: 'Undo' }).count(), 'of what is undone').toBe(0)
    await open('agents/hunter', 'hunter')
    await page.getByRole('button', { name: 'Restore…' }).first().click()
    await page.getByRole('dialog').getByText('padding 0 → 5').waitFor()
    await page.keyboard.press('Escape')
    await command('Restore…', /^Restore version/)
    await eventually('the values of its version', async () => (await paddingOf('hunter')) === 5 || undefined)
    const restores = page.getByRole('list', { name: 'Latest restores' })
    await restores.getByText(/^version \d+, for ada: a test/).waitFor()
    await restores.getByText('Done and verified.').first().waitFor()
  })

  it('declines a change', async () => {
    const declined = { ...strategyFor('analyzer', 'opt_3_asked'), asks: { risk: 'high', autonomy: 0.8 } as const }
    await insertStrategies(system.db, cycleId, [declined])
    await startTrial(system, declined.id)
    await open('approvals', 'Approvals')
    await command('Decline…', 'Decline')
    const { state } = await eventually('the decision', async () => {
      const approval = await findApproval(system.db, declined.id)
      return approval?.decidedBy === 'ada' ? approval : undefined
    })
    expect(state).toBe('declined')
  })

  it('links the bottlenecks of agents, and not those of hosts', async () => {
    await open(`cycles/${cycleId}`, 'Cycle for the whole fleet')
    const bottlenecks = page.getByRole('region', { name: 'Bottlenecks' })
    await bottlenecks.getByText('host-1', { exact: true }).waitFor()
    expect(await bottlenecks.getByRole('link').allTextContents()).toEqual(['analyzer'])
  })

  it('leads from an agent to all its bottlenecks and what was done about each, filtered in the address', async () => {
    await open('agents/analyzer', 'analyzer')
    await page.getByRole('link', { name: 'All its bottlenecks' }).click()
    const found = page.getByRole('list', { name: 'Bottlenecks' }).getByRole('listitem').filter({ hasText: 'analyzer' }).first()
    await found.getByRole('list', { name: 'What was done' }).waitFor()
    await page.getByRole('button', { name: 'Low', exact: true }).click()
    await page.getByText('No bottlenecks match').waitFor()
    expect(page.url()).toContain('component=analyzer&severity=low')
    await page.getByRole('button', { name: 'High', exact: true }).click()
    await found.getByRole('link', { name: 'a cycle' }).click()
    await page.getByRole('heading', { level: 1, name: 'Cycle for the whole fleet' }).waitFor()
  })

  it('stops waiting for an instance that does not come back, once a restore of its own waits for it', async () => {
    const { db, client } = system
    const stuck = strategyFor('stuck', 'opt_4_stuck')
    await registerInstance(db, announcement('stuck', 'stuck-1'), Date.now())
    const { values, version } = await getCurrentConfiguration(db, 'stuck')
    const changed = { agentId: 'stuck', values: { ...values, cacheSize: 4 }, origin: 'trial', reason: 'a test' } as const
    await insertStrategies(db, cycleId, [stuck])
    await insertTrial(db, {
      id: stuck.id,
      agentId: 'stuck',
      workflowId: cycleId,
      design: 'before-after',
      baselineVersion: version,
      candidateVersion: await appendConfiguration(db, { ...changed, trialId: stuck.id }),
      candidateInstances: ['stuck-1'],
      controlInstances: [],
    })
    await updateTrial(db, stuck.id, { state: 'restoring' })
    await open(`trials/${stuck.id}`, /stuck: cacheSize/)
    const button = page.getByRole('button', { name: 'Stop waiting…' })
    expect(await button.count()).toBe(0)
    await startRestore(client, { id: stuck.id, agentId: 'stuck' }, { reason: 'a test' })
    await command('Stop waiting…', 'Stop waiting')
    await button.waitFor({ state: 'detached' })
    expect((await findTrial(db, stuck.id))!.issues.join()).toContain('ada stopped waiting')
    await client.restore({ agentId: 'stuck', to: { cacheSize: 7 }, by: 'ada' })
    await open('agents/stuck', 'stuck')
    const restore = page.getByRole('list', { name: 'Latest restores' }).getByRole('listitem').filter({ hasText: 'cacheSize 7' })
    await restore.getByText('waits until every instance confirms it').waitFor()
    await command('Stop waiting…', 'Stop waiting')
    await restore.getByText('An operator ended the restore').waitFor()
  })

  it('releases a knob that is left alone for several reasons', async () => {
    await open('agents/analyzer', 'analyzer')
    const knob = page.getByRole('row', { name: 'cacheSize' })
    await knob.getByText('not declared to affect').waitFor()
    await knob.getByText('was recently declined').waitFor()
    await command('Release…', 'Release')
    await knob.getByText('was recently declined').waitFor({ state: 'detached' })
    await knob.getByText('not declared to affect').waitFor()
  })

  it('acknowledges an alert, whose times are in the zone of the reader', async () => {
    const message = 'hunter waits since 2026-11-21T10:00:00Z'
    await raiseAlert(system.db, { cause: 'threshold', component: 'hunter', severity: 'high', message })
    await open('alerts', 'Alerts')
    await page.getByText(/hunter waits since (?!2026-11-21T)/).waitFor()
    await command('Acknowledge…', 'Acknowledge')
    await page.getByText('acknowledged by ada: a test').waitFor()
  })

  it('leads to what is older: cycles page by page, alerts that have ended, and what people changed', async () => {
    const startedAt = (index: number) => new Date(Date.UTC(2025, 0, 1, 0, index))
    const cycles = Array.from({ length: 51 }, (_, index) => ({
      id: `cycle-old-${index}`,
      runId: 'run',
      state: 'completed' as const,
      startedAt: startedAt(index),
      endedAt: startedAt(index + 1),
    }))
    await system.db.insertInto('cycles').values(cycles).execute()
    await open('cycles', 'Cycles')
    await page.getByRole('link', { name: 'Older' }).click()
    await page.getByRole('heading', { name: 'Older cycles' }).waitFor()
    await page.locator('a[href="#/cycles/cycle-old-0"]').waitFor()
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.getByRole('heading', { name: 'Latest cycles' }).waitFor()
    await resolveAlert(system.db, { cause: 'threshold', component: 'hunter' })
    await open('alerts', 'Alerts')
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByText(', ended').first().waitFor()
    const learned = { field: 'aggressiveness', oldValue: 2, newValue: 3, changedBy: 'optimizer', reason: 'results' } as const
    await insertPolicyChanges(system.db, [{ ...learned, changedBy: 'ada' }, learned])
    await open('policy', 'Policy')
    const history = page.getByRole('region', { name: 'Changes to the policy' })
    await history.getByText('optimizer', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'By people' }).click()
    await history.getByText('optimizer', { exact: true }).first().waitFor({ state: 'detached' })
    await history.getByText('ada', { exact: true }).first().waitFor()
  })

  it('finds components by name, kind and status', async () => {
    await open('components?kind=other', 'Components')
    await page.getByLabel('Find a component').fill('QUE')
    await page.getByRole('row', { name: 'queue' }).getByText('healthy').waitFor()
    await page.getByRole('button', { name: 'Down', exact: true }).click()
    await page.getByText('No components match').waitFor()
    expect(page.url()).toContain('kind=other&search=QUE&status=down')
  })

  it('says what was done about an anomaly, and dismisses it', async () => {
    await open('alerts', 'Alerts')
    const anomalies = page.getByRole('region', { name: 'Anomalies' })
    await anomalies.getByRole('list', { name: 'What was done' }).getByText('no cycle has identified it as a bottleneck').waitFor()
    await command('Dismiss…', 'Dismiss')
    await anomalies.getByText('There are no anomalies.').waitFor()
    expect(await listOpenAnomalies(system.db)).toEqual([])
  })

  it('steers: aggressiveness, focus, resources, the kill switch', async () => {
    await open('policy', 'Policy')
    await command('Choose level 4', 'Set it to 4')
    await page.getByText('aggressiveness 4').waitFor()
    await page.getByLabel('Focus on one agent').fill('hunter')
    await command('Focus…', 'Focus')
    await command('Return to the whole fleet…', 'Return')
    await page.getByLabel('Focus on one agent').waitFor()
    await command('Reduce consumption…', 'Reduce')
    await page.getByText('reducing consumption', { exact: true }).waitFor()
    await command('Roll back every running trial…', 'Roll back everything')
    await eventually('the pause', () => findPause(system.db))
    await command('Resume…', 'Resume')
    await eventually('the end of the pause', async () => ((await findPause(system.db)) === undefined ? true : undefined))
  })

  it('pauses and resumes, and says so on every page', async () => {
    await open('policy', 'Policy')
    await command('Pause…', 'Pause')
    expect(await eventually('the pause', () => findPause(system.db))).toMatchObject({ pausedBy: 'ada', reason: 'a test' })
    await page.getByText('Paused by ada').first().waitFor()
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await eventually('the end of the pause', async () => ((await findPause(system.db)) === undefined ? true : undefined))
  })

  it('tells the reader that the optimizer does not answer, and recovers by itself', async () => {
    await open('fleet', 'Fleet')
    await page.route('**/api/**', (route) => route.abort())
    await page.getByText('reconnects by itself').waitFor()
    await page.unroute('**/api/**')
    await page.getByText('reconnects by itself').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'hunter', exact: true }).waitFor()
  })

  it('keeps what it shows when there are too many requests, asks again when the server said, and not before', async () => {
    const tab = await page.context().newPage()
    const waitSeconds = 8
    const askedAt: number[] = []
    let mayAnswer = true
    const message = `Too many requests were sent; retry after ${waitSeconds} s.`
    const answer = {
      status: 429,
      headers: { 'retry-after': String(waitSeconds) },
      json: { error: { code: 'too-many', message } },
    }
    await tab.route(/\/api\/audit\?/, async (route) => {
      if (mayAnswer) return await route.continue()
      askedAt.push(Date.now())
      await route.fulfill(answer)
    })
    await tab.goto(`${system.apiUrl}/#/audit`)
    const first = tab.getByRole('row').nth(1)
    await first.waitFor()
    mayAnswer = false
    await eventually('a refusal', async () => askedAt.length > 0 || undefined)
    // Something happens, which would have the page read again at once.
    await raiseAlert(system.db, { cause: 'threshold', component: 'crowd', severity: 'low', message: 'many' })
    await eventually('the next request', async () => askedAt.length > 1 || undefined)
    expect(askedAt[1]! - askedAt[0]!).toBeGreaterThanOrEqual(1_000 * waitSeconds - 100)
    expect(await first.isVisible(), 'what was read before stays').toBe(true)
    expect(await tab.getByText(message).count()).toBe(0)

    // A page that has nothing yet says why, and shows the list by itself once it may.
    await tab.goto('about:blank')
    await tab.goto(`${system.apiUrl}/#/audit`)
    await tab.getByText(message).waitFor()
    mayAnswer = true
    await first.waitFor()
    await tab.close()
  })

  it('is current again after an hour of sleep without a network', async () => {
    const sleeper = await page.context().newPage()
    await sleeper.clock.install()
    await sleeper.goto(`${system.apiUrl}/#/alerts`)
    await sleeper.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor()
    await sleeper.context().setOffline(true)
    await raiseAlert(system.db, { cause: 'threshold', component: 'queue', severity: 'high', message: 'the queue is long' })
    await sleeper.clock.fastForward('01:00:00')
    await sleeper.getByText('reconnects by itself').waitFor()
    await sleeper.context().setOffline(false)
    await sleeper.getByText('the queue is long').waitFor()
    await sleeper.close()
  })

  it('fits on a telephone', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    for (const path of ['fleet', `trials/${trialId}`, `cycles/${cycleId}`, 'bottlenecks', 'agents/analyzer', 'audit', 'policy']) {
      await open(path, /./)
      await page.getByText('Loading…').first().waitFor({ state: 'detached' })
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      expect(beyond, path).toBeLessThanOrEqual(0)
    }
  })

  it('asks for a token once there is one, and tells a viewer that commands need another role', async () => {
    const create = async (name: string, role: 'viewer' | 'operator') =>
      (await createToken(system.client, { name, role, by: 'ada' })).secret
    const [viewer, operator] = [await create('looking', 'viewer'), await create('steering', 'operator')]
    const enter = async (secret: string) => {
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Token', { exact: true }).fill(secret)
      await dialog.getByRole('button', { name: 'Use token' }).click()
      await dialog.waitFor({ state: 'detached' })
    }
    // An answer to a request without a token that comes late does not ask for another one.
    const entered = Promise.withResolvers<void>()
    await page.route('**/api/limits', async (route) => {
      const response = await route.fetch()
      if (response.status() === 401) await entered.promise
      await route.fulfill({ response })
    })
    const isLate = (response: Response) => response.url().endsWith('/api/limits') && response.status() === 401
    const late = page.waitForResponse(isLate, { timeout: patienceMs })
    await eventually('a token to be needed', async () => (await fetch(`${system.apiUrl}/api/limits`)).status === 401 || undefined)
    // The page is loaded anew, so that it asks for everything without a token.
    await page.goto('about:blank')
    await open('policy', 'Policy')
    await enter(viewer)
    entered.resolve()
    await late
    await page.unroute('**/api/limits')
    await page.getByText('Commands need a token with the operator role; looking has the viewer role.').waitFor()
    expect(await page.getByRole('button', { name: 'Pause…' }).isDisabled()).toBe(true)
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.getByRole('button', { name: 'Enter an access token' }).click()
    await enter(operator)
    await command('Pause…', 'Pause')
    expect(await eventually('the pause', () => findPause(system.db))).toMatchObject({ pausedBy: 'ada (steering)' })
  })
})
