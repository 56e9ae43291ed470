import { parseArgs } from 'node:util'
import type { Bench } from '../timing.ts'
import { type Played, playTrial } from './play.ts'
import { playPool, type SimulatedAgent } from './play-pool.ts'
import { type Behaviour, usual } from './rare-agent.ts'

interface LongScenario {
  name: string
  change: Behaviour
  /** Percent. */
  goals: Partial<Record<Played['verdict'], string>>
}

export const longScenarios: LongScenario[] = [
  { name: 'harmless', change: usual, goals: { 'roll-back': '≤ 5', keep: '≤ 2.5' } },
  {
    name: 'quality lower by 0.1, down to its bound',
    change: { ...usual, quality: usual.quality - 0.1 },
    goals: { keep: '≤ 2.5' },
  },
  {
    name: 'cost lower by 40%, quality beyond its bound by 0.05',
    change: { ...usual, costUsd: 0.6 * usual.costUsd, quality: 0.75 },
    goals: { keep: '≤ 2.5' },
  },
  { name: 'cost lower by 40%', change: { ...usual, costUsd: 0.6 * usual.costUsd }, goals: {} },
]

const rare = { ...usual, medianMs: 800, perDay: 14 }

/** Three agents that work fourteen times a day on each instance, whose costs differ threefold. */
const unlike = [
  { instances: 3, cost: 1 },
  { instances: 4, cost: 1.7 },
  { instances: 2, cost: 3 },
].map(({ instances, cost }) => ({
  instances,
  usual: { ...rare, costUsd: cost * usual.costUsd },
}))

/** The same agents with a change, given as factors of the cost on each. */
const withCosts = (...factors: [number, number, number]): SimulatedAgent[] =>
  unlike.map((agent, index) => ({ ...agent, changed: { ...agent.usual, costUsd: factors[index]! * agent.usual.costUsd } }))

const poolScenarios: { name: string; agents: SimulatedAgent[]; goals: LongScenario['goals'] }[] = [
  { name: 'harmless', agents: withCosts(1, 1, 1), goals: { 'roll-back': '≤ 5', keep: '≤ 2.5' } },
  { name: 'cost lower by 40%', agents: withCosts(0.6, 0.6, 0.6), goals: {} },
  { name: 'the same, one of the agents by itself', agents: withCosts(0.6, 0.6, 0.6).slice(0, 1), goals: {} },
  {
    name: 'cost lower by half on two agents, higher by 40% on the third',
    agents: withCosts(0.5, 0.5, 1.4),
    goals: { keep: '≤ 2.5' },
  },
  {
    name: 'cost lower by half on two agents, higher by 20% on the third',
    agents: withCosts(0.5, 0.5, 1.2),
    goals: { keep: '≤ 2.5' },
  },
  {
    name: 'harmless, five agents with a single instance',
    agents: [1, 1.7, 3, 2, 1.2].map((cost) => {
      const before = { ...rare, costUsd: cost * usual.costUsd }
      return { instances: 1, usual: before, changed: before }
    }),
    goals: { 'roll-back': '≤ 5', keep: '≤ 2.5' },
  },
  { name: 'cost higher by 60% on one agent', agents: withCosts(1, 1, 1.6), goals: { keep: '≤ 2.5' } },
]

/**
 * Prints the verdicts of trials of days, in percent, as Markdown: of single trials, and of those that are judged together.
 * @param argv `--reps 100`: trials of each row; `--table single` or `--table pools`: only these
 */
export function printLongTrials(argv: string[]): void {
  const options = { reps: { type: 'string', default: '100' }, table: { type: 'string' } } as const
  const { values } = parseArgs({ args: argv, options })
  const play = (one: (seed: number) => Played) => Array.from({ length: Number(values.reps) }, (_, rep) => one(1_000 + rep))
  if (values.table !== 'pools') {
    printHeader('instances')
    for (const { name, change, goals } of longScenarios)
      for (const instances of [3, 6])
        printRow(
          [name, instances],
          goals,
          play((seed) => playTrial(seed, instances, change)),
        )
  }
  if (values.table !== 'single') {
    printHeader('agents')
    for (const { name, agents, goals } of poolScenarios)
      printRow(
        [name, agents.length],
        goals,
        play((seed) => playPool(seed, agents)),
      )
  }
}

function printHeader(unit: string): void {
  print(['change', unit, 'kept', 'rolled back', 'undecided', 'goal', 'median hours', 'median looks'])
  print(Array(8).fill('---'))
}

function printRow(about: (string | number)[], goals: LongScenario['goals'], played: Played[]): void {
  const percent = (verdict: Played['verdict']) =>
    ((100 * played.filter((one) => one.verdict === verdict).length) / played.length).toFixed(1)
  const goal = Object.entries(goals).map(([verdict, wanted]) => `${verdict} ${wanted}`)
  print([
    ...about,
    ...[percent('keep'), percent('roll-back'), percent('undecided'), goal.join(', ') || '–'],
    median(played.map(({ hours }) => hours)).toFixed(0),
    median(played.map(({ looks }) => looks)),
  ])
}

/** With `long` on the command line, the verdicts of trials of days; a look takes no longer than one within a cycle. */
export const longTrials: Bench = {
  name: 'long',
  async run(argv) {
    if (argv) printLongTrials(argv)
    return []
  },
}

const print = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
