/** The product on the reference fleet when a service that one agent depends on becomes slow: what it finds, names and does. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { World } from '../../examples/fleet/world.ts'
import type { OptimizerClient } from '../../src/client/optimizer.ts'
import { readAlerts } from '../../src/reading/alerts.ts'
import { type AnomalyView, readAnomalies } from '../../src/reading/anomalies.ts'
import { type ConfigurationsByAgent, readCurrentConfigurations } from '../../src/reading/configurations.ts'
import { explain } from '../../src/reading/explain.ts'
import { listResults } from '../../src/store/results.ts'
import { startBenchInstallation } from '../bench-installation.ts'
import { checkVerdicts } from '../fleet/verdicts.ts'
import type { Bench } from '../timing.ts'
import { faultNames, faults } from './faults.ts'

const usual = JSON.parse(readFileSync(new URL('../../examples/fleet/optimizer.config.json', import.meta.url), 'utf8'))
/** How long the optimizer has after the fault. */
const reactionMs = 360_000
const lookEveryMs = 5_000

/**
 * `-- fault --fault headlines --minutes 9 --step 2 --seconds 45`: the minutes before the fault, the seconds of a step of the detectors, and the
 * seconds for which each verdict of meanwhile is measured again (0: not at all).
 */
export const fault: Bench = {
  name: 'fault',
  async run(argv) {
    if (!argv) return []
    const text = (value: string) => ({ type: 'string', default: value }) as const
    const options = { fault: text('headlines'), minutes: text('9'), step: text('2'), seconds: text('45') } as const
    const { fault: name, minutes, step, seconds } = parseArgs({ args: argv, options }).values
    const fault = faults[name]
    if (!fault) throw new Error(`There is no fault ${name}; there are ${faultNames.join(', ')}.`)
    const at = new Date(Date.now() + 60_000 * Number(minutes))
    const world: World = { faults: [{ at: at.toISOString(), services: fault.services }] }
    process.env.FLEET_WORLD = JSON.stringify(world)
    const config = { ...usual, anomalies: { stepSeconds: Number(step) } }
    const installation = await startBenchInstallation(config, { fleet: true, paused: false })
    let played: Played
    try {
      played = await play(installation.client, fault.agentId, at)
      console.log(`\n### ${fault.description}, from ${at.toISOString()} on\n`)
      printAnomalies(played, at)
      console.log(`\n${played.explanation.join('\n')}`)
    } finally {
      await installation.stop()
    }
    await printTrials(played, { at, agentId: fault.agentId, world, seconds: Number(seconds) })
    return []
  },
}

interface Played {
  /** The configurations in force when the fault began. */
  start: ConfigurationsByAgent
  anomalies: AnomalyView[]
  alerts: Awaited<ReturnType<typeof readAlerts>>['items']
  /** Of the trials that ended after the fault. */
  results: Awaited<ReturnType<typeof listResults>>
  trials: { agentId: string; startedAt: Date; endedAt: Date | null }[]
  explanation: string[]
}

/** Lets the optimizer work until a trial of the agent has ended that the fault led to, and all that began before it; or its time is over. */
async function play(client: OptimizerClient, agentId: string, at: Date): Promise<Played> {
  await client.startCycle()
  await sleep(Math.max(0, at.getTime() - Date.now()))
  const start = await readCurrentConfigurations(client)
  const listTrials = () =>
    client.db.selectFrom('trials').select(['agentId', 'startedAt', 'endedAt']).orderBy('startedAt').execute()
  const isDone = async () => {
    const found = (await readAnomalies(client, { limit: 1_000, isOpen: false })).items.find(
      (each) => isCaused(each, agentId) && each.since >= at,
    )
    const trials = await listTrials()
    const own = trials.find((trial) => trial.agentId === agentId && found && trial.startedAt > found.detectedAt)
    return own?.endedAt && trials.every(({ startedAt, endedAt }) => endedAt ?? startedAt > own.startedAt)
  }
  while (Date.now() < at.getTime() + reactionMs && !(await isDone())) await sleep(lookEveryMs)
  const [anomalies, alerts, results, trials, { sections }] = await Promise.all([
    readAnomalies(client, { limit: 1_000, isOpen: false }),
    readAlerts(client, { limit: 1_000, isOpen: false }),
    listResults(client.db, { since: at }),
    listTrials(),
    explain(client, agentId),
  ])
  const shown = ['Anomalies', 'Latest trials']
  return {
    start,
    anomalies: anomalies.items.toReversed(),
    alerts: alerts.items.filter(({ cause }) => cause === 'anomaly').toReversed(),
    results,
    trials,
    explanation: sections.flatMap(({ title, sentences }) => (shown.includes(title) ? [`${title}:`, ...sentences] : [])),
  }
}

/** Whether an agent is named as what probably causes it. */
const isCaused = ({ causes: [first], isWorse }: AnomalyView, agentId: string) => isWorse && first?.component === agentId

function printAnomalies({ anomalies, alerts }: Played, at: Date): void {
  const seconds = (time: Date) => Math.round((time.getTime() - at.getTime()) / 1_000)
  printRow('metric', 'seconds from the fault to its beginning', 'to its detection', 'worse', 'severity', 'likeliest cause')
  printRow(...Array(6).fill('---'))
  for (const {
    component,
    metric,
    since,
    detectedAt,
    isWorse,
    severity,
    causes: [first],
  } of anomalies) {
    const cause = first ? `${first.component} (${Math.round(100 * first.probability)}%): ${first.why}` : '–'
    printRow(`${metric} of ${component}`, String(seconds(since)), String(seconds(detectedAt)), String(isWorse), severity, cause)
  }
  const before = alerts.filter(({ raisedAt }) => raisedAt < at).length
  console.log(`\nAlerts of anomalies: ${before} before the fault, ${alerts.length - before} after it.`)
  for (const { raisedAt, component, subject, severity } of alerts)
    console.log(`- ${seconds(raisedAt)} s: ${component}, ${severity}, about ${subject}`)
}

/** The trials after the fault, and whether the verdicts on other agents hold. */
async function printTrials(
  { trials, results, start }: Played,
  { at, agentId, world, seconds }: { at: Date; agentId: string; world: World; seconds: number },
): Promise<void> {
  const since = (time: Date | null) => (time ? `${Math.round((time.getTime() - at.getTime()) / 1_000)} s` : 'under way')
  console.log('\nTrials that ended after the fault or went on:')
  for (const trial of trials.filter(({ endedAt }) => !endedAt || endedAt > at))
    console.log(`- ${trial.agentId}: ${since(trial.startedAt)} to ${since(trial.endedAt)}`)
  for (const { strategy, verdict, reason, issues } of results)
    console.log(
      `- ${strategy.agentId}, ${strategy.type}: ${strategy.description} → ${verdict}: ${[reason, ...issues].join('; ')}`,
    )
  const others = results.filter(({ strategy }) => strategy.agentId !== agentId)
  if (seconds === 0 || others.length === 0) return
  console.log('\nVerdicts on other agents, measured again:')
  for (const { agentId: other, metric, verdict, measured, again } of await checkVerdicts(world, others, {
    start,
    seconds,
    seed: 1,
  }))
    console.log(
      `- ${other}, ${metric}: ${verdict} at ${measured?.toFixed(1)}; ${again ? `${again.improvement.toFixed(1)} ± ${again.standardError.toFixed(1)}` : 'not measurable'}`,
    )
}

const printRow = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`)
