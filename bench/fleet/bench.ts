/** The product on the reference fleet, which is badly tuned in several ways: what it gains, how soon, and what it costs. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Done } from '../../examples/fleet/runtime/unit-of-work.ts'
import { mean } from '../../src/analysis/statistics/summaries.ts'
import type { OptimizationResult } from '../../src/model/result.ts'
import type { RunReport } from '../../src/reading/run-report.ts'
import type { Bench } from '../timing.ts'
import { measureInTurn, type Settings } from './measure-in-turn.ts'
import { computeCost, meanLogGain, searchOffline } from './offline-search.ts'
import { type CheckedVerdict, checkVerdicts, doesHold, wasHarmful, wasHelpful } from './verdicts.ts'
import { createWorld, type FleetWorld, worldNames } from './worlds.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/**
 * `-- fleet --world 'slow analyzer' --cycles 10 --seed 2 --seconds 90 --search 20`; without `--world`, every world. The search goes on for so many rounds
 * from the best settings known.
 */
export const fleet: Bench = {
  name: 'fleet',
  async run(argv) {
    if (!argv) return []
    const text = (value: string) => ({ type: 'string', default: value }) as const
    const options = {
      world: { type: 'string' },
      seed: text('1'),
      cycles: text('10'),
      seconds: text('90'),
      search: text('0'),
    } as const
    const { world, seed, cycles, seconds, search } = parseArgs({ args: argv, options }).values
    for (const name of world ? [world] : worldNames)
      await play(createWorld(name, Number(seed)), {
        cycles: Number(cycles),
        seconds: Number(seconds),
        rounds: Number(search),
        seed: Number(seed),
      })
    return []
  },
}

async function play(
  { name, world, tuned }: FleetWorld,
  { cycles, seconds, rounds, seed }: { cycles: number; seconds: number; rounds: number; seed: number },
): Promise<void> {
  const begunAt = Date.now()
  const report = await optimize(world, cycles)
  const agents = Object.keys(report.configurations)
  const [start, end] = (['before', 'after'] as const).map(
    (side): Settings => Object.fromEntries(agents.map((agentId) => [agentId, report.configurations[agentId]![side]])),
  )
  const byHand = Object.fromEntries(agents.map((agentId) => [agentId, { ...start![agentId], ...tuned[agentId] }]))
  const compared: [string, Settings][] = [
    ['before', start!],
    ['after', end!],
    ['tuned by hand', byHand],
  ]
  if (rounds > 0) {
    const [ended, handTuned] = await measureInTurn(world, [end!, byHand], { seconds, seed })
    const best = meanLogGain(ended!, handTuned!) > 0 ? byHand : end!
    compared.push(['found by a search', await searchOffline(world, best, { rounds, seconds, seed: seed + 1_000 })])
  }
  const settings = compared.map(([, each]) => each)
  const measured = await measureInTurn(world, settings, { seconds, seed: seed + 2_000 })
  const verdicts = await checkVerdicts(world, report.results, { start: start!, seconds, seed })

  console.log(`\n### ${name}, seed ${seed}, ${report.cycles.length} cycles\n`)
  const titles = compared.map(([title]) => title)
  printRow('agent', ...titles.map((title) => `ms per success ${title}`), ...titles.map((title) => `success ${title}`))
  printRow(...Array(1 + 2 * titles.length).fill('---'))
  for (const agentId of agents) {
    const units = measured.map((fleet) => fleet.get(agentId)!)
    printRow(agentId, ...units.map((each) => computeCost(each).toFixed(0)), ...units.map((each) => formatShare(successOf(each))))
  }
  const gains = measured.slice(1).map((fleet, i) => `${titles[i + 1]} ${formatGain(meanLogGain(measured[0]!, fleet))}`)
  console.log(`\nGain, as a share of the time per success, on average over the agents: ${gains.join(', ')}.`)
  console.log(`Half of what was gained was reached after ${describeHalf(verdicts, begunAt)}.`)
  console.log(describeHarm(report.results))
  printVerdicts(verdicts)
  printByType(report.results, verdicts)
}

/** Runs the product on the fleet in a world, on an installation of its own. @throws Error if it does not end with a report */
async function optimize(world: FleetWorld['world'], cycles: number): Promise<RunReport> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-fleet-bench-'))
  const file = join(folder, 'report.json')
  const ports = ['TEMPORAL', 'TEMPORAL_UI', 'POSTGRES', 'NATS', 'API'].map((server) => [`OPTIMIZER_${server}_PORT`, '0'])
  const env = {
    ...process.env,
    ...Object.fromEntries(ports),
    OPTIMIZER_DATA_DIR: join(folder, 'data'),
    FLEET_WORLD: JSON.stringify(world),
  }
  try {
    const args = [cli, 'start', '--once', '--cycles', String(cycles), '--json', file]
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`optimizer start ended with code ${code}`)
    return JSON.parse(readFileSync(file, 'utf8')) as RunReport
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const successOf = (units: readonly Done[]) => units.filter(({ success }) => success).length / Math.max(1, units.length)

/** When the kept changes had brought half of what all of them did, as measured again. */
function describeHalf(verdicts: readonly CheckedVerdict[], begunAt: number): string {
  const kept = verdicts.filter(({ verdict, logGain }) => verdict === 'keep' && logGain > 0)
  if (kept.length === 0) return 'no time, because nothing was gained'
  const total = kept.reduce((sum, { logGain }) => sum + logGain, 0)
  let gained = 0
  const half = kept
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .find(({ logGain }) => {
      gained += logGain
      return gained >= total / 2
    })!
  return `${((Date.parse(half.at) - begunAt) / 60_000).toFixed(1)} minutes from the start of the servers`
}

/** The cost of trials to the users of the agents while they ran. */
function describeHarm(results: readonly OptimizationResult[]): string {
  let [units, waitedMs, failed] = [0, 0, 0]
  for (const { samples, metrics } of results) {
    const { before, after } = metrics
    units += samples.candidate
    waitedMs += samples.candidate * Math.max(0, (after.responseTimeMean ?? 0) - (before.responseTimeMean ?? 0))
    failed += samples.candidate * Math.max(0, (before.successRate ?? 0) - (after.successRate ?? 0))
  }
  if (units === 0) return 'Harm: none, because there was no trial.'
  const wait = `${(waitedMs / units).toFixed(0)} ms longer`
  return `Harm: ${results.length} trials with ${units} executions of candidates, ${wait} and ${((100 * failed) / units).toFixed(1)} points less successful where a trial was worse than its control, on average over all.`
}

function printVerdicts(verdicts: readonly CheckedVerdict[]): void {
  console.log('')
  printRow('agent', 'strategy', 'metric', 'verdict', 'measured by the trial', 'measured again ± standard error')
  printRow(...Array(6).fill('---'))
  for (const { agentId, type, metric, verdict, measured, again } of verdicts)
    printRow(
      agentId,
      type,
      metric,
      verdict,
      measured?.toFixed(1) ?? '–',
      again ? `${again.improvement.toFixed(1)} ± ${again.standardError.toFixed(1)}` : 'not measured',
    )
  const of = (verdict: string) => verdicts.filter((checked) => checked.verdict === verdict && checked.again !== null)
  const [kept, rolledBack] = [of('keep'), of('roll-back')]
  console.log(
    `\nOf ${kept.length} kept changes that could be measured again, ${kept.filter(doesHold).length} clearly hold and ${kept.filter(wasHarmful).length} clearly harm; of ${rolledBack.length} that were rolled back, ${rolledBack.filter(wasHelpful).length} clearly help (two standard errors).\n`,
  )
}

/** What each type of strategy brought (B17). */
function printByType(results: readonly OptimizationResult[], verdicts: readonly CheckedVerdict[]): void {
  printRow('strategy', 'trials', 'judged', 'kept', 'kept that hold', 'improvement of the kept ones, measured again')
  printRow(...Array(6).fill('---'))
  const types = new Set(results.map(({ strategy }) => strategy.type))
  for (const type of types) {
    const own = results.filter(({ strategy }) => strategy.type === type)
    const kept = verdicts.filter((checked) => checked.type === type && checked.verdict === 'keep' && checked.again)
    const improvements = kept.map(({ again }) => again!.improvement)
    printRow(
      type,
      String(own.length),
      String(own.filter(({ judged }) => judged).length),
      String(own.filter(({ success }) => success).length),
      `${kept.filter(doesHold).length} of ${kept.length}`,
      improvements.length > 0 ? mean(improvements).toFixed(1) : '–',
    )
  }
}

const printRow = (...cells: string[]) => console.log(`| ${cells.join(' | ')} |`)
const formatShare = (share: number) => `${(100 * share).toFixed(0)}%`
const formatGain = (logGain: number) => `${(100 * (1 - Math.exp(-logGain))).toFixed(0)}%`
