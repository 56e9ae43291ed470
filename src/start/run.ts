import { setTimeout as sleep } from 'node:timers/promises'
import type { OptimizerClient } from '../client/optimizer.ts'
import { followConfig } from '../config/follow-config.ts'
import { saveLastConfig } from '../config/last-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { describeError } from '../model/errors.ts'
import { formatTimestamp } from '../model/format.ts'
import { readCycles } from '../reading/cycles.ts'
import { readFleetReadiness } from '../reading/fleet-readiness.ts'
import { formatAddresses } from '../terminal/format-addresses.ts'
import { showCycle } from '../terminal/live-view.ts'
import { defaultToFleetConfig } from './fleet.ts'
import { startInstallation } from './installation.ts'
import { runOnce } from './once.ts'
import { stopWhenNpmEnds } from './supervised.ts'

export interface StartOptions {
  fleet: boolean
  once?: boolean
  paused?: boolean
  /** With `once`: the maximum number of cycles. */
  cycles: number
  /** With `once`: where the report is written. */
  json?: string
}

/** To learn how instances differ without a trial, the judge needs this many executions of each, or this much time. */
const warmUp = { executionsPerInstance: 50, timeoutMs: 45_000 }
/** Agents that run already reconnect within this time. */
const reconnectMs = 10_000

/** `npm start`: starts everything and shows cycles live until Ctrl-C, a signal or the end of npm; with `once`, runs a few cycles and prints a report. */
export async function startOptimizer(options: StartOptions): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  // The handlers stay in place while stopping: npm forwards the Ctrl-C that the terminal has already sent.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt)
  stopWhenNpmEnds(interrupt)
  // Writing to a closed terminal fails.
  process.stdout.on('error', () => undefined)
  const log = (line: string) => console.log(line)
  if (options.fleet) defaultToFleetConfig()
  const config = loadConfig()
  const installation = await startInstallation(config, {
    fleet: options.fleet,
    paused: Boolean(options.paused || options.once),
    log,
    signal: interrupted.signal,
  }).catch((error: unknown) => {
    if (!interrupted.signal.aborted) throw error
  })
  if (!installation) return log('Stopped while starting')
  const { addresses, client } = installation
  // With the addresses of the servers, as the client has it.
  const env = { ...process.env, DATABASE_URL: addresses.postgres, TEMPORAL_ADDRESS: addresses.temporal }
  const unfollowConfig = followConfig(client.config, {
    env,
    info: log,
    warn: log,
    onChange: () => saveLastConfig(client.config.dataDir, env),
  })
  try {
    log(formatAddresses(addresses))
    if (options.once) {
      await waitForWarmUp(client, options, interrupted.signal)
      await runOnce(client, options.cycles, interrupted.signal, options.json)
    } else await runContinuously(client, options, interrupted.signal)
  } finally {
    log('Stopping')
    unfollowConfig()
    await installation.stop()
  }
}

/** Shows every running cycle, no matter who started it, until interrupted. */
async function runContinuously(client: OptimizerClient, options: StartOptions, signal: AbortSignal): Promise<void> {
  if (options.paused) console.log('The Schedule is paused; npx optimizer cycle starts a cycle. Ctrl-C stops everything.')
  else {
    await waitForWarmUp(client, options, signal)
    if (!signal.aborted) await client.startCycle()
  }
  const shown = new Set<string>()
  while (!signal.aborted) {
    const next = (await readCycles(client, 5).catch(() => ({ items: [] }))).items.find(
      ({ id, state }) => state === 'running' && !shown.has(id),
    )
    if (next) {
      shown.add(next.id)
      await showCycle(client, next.id, signal)
      if (!signal.aborted)
        await announceNext(client).catch((error) => console.log(`The time of the next cycle is unknown: ${describeError(error)}`))
    } else await sleep(500, undefined, { signal }).catch(() => undefined)
  }
}

async function announceNext(client: OptimizerClient): Promise<void> {
  const { info, state } = await client.schedule.describe()
  const next = info.nextActionTimes[0]
  if (!state.paused && next) console.log(`Next cycle at ${formatTimestamp(next)}. Ctrl-C stops everything.`)
}

/** Waits for the first measurements of every agent; not for long if no agent is there and none was started. */
async function waitForWarmUp(client: OptimizerClient, { fleet }: StartOptions, signal: AbortSignal): Promise<void> {
  console.log(
    fleet ? 'Waiting for the first measurements from the fleet' : 'Waiting for agents to connect and report their first work',
  )
  const begun = Date.now()
  while (Date.now() < begun + warmUp.timeoutMs && !signal.aborted) {
    const presence = await readFleetReadiness(client, warmUp.executionsPerInstance)
    if (presence === 'warm') return
    if (presence === 'absent' && !fleet && Date.now() > begun + reconnectMs) return console.log('No agent has connected yet')
    await sleep(500, undefined, { signal }).catch(() => undefined)
  }
}
