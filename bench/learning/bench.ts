import { parseArgs } from 'node:util'
import { mean } from '../../src/analysis/statistics/summaries.ts'
import type { FinishedTrial } from '../../src/model/finished-trial.ts'
import { random } from '../../test/unit/judging/random.ts'
import type { Bench } from '../timing.ts'
import { type Course, cycleMs, optimize } from './fleet.ts'
import { type Recovery, recovery } from './shift.ts'
import { generateAgent, generateKind } from './world.ts'

const kinds = 4
/** The first position and the late one that are compared, with their neighbours, since one agent says little. */
const early = [0, 0] as const
const late = [17, 21] as const

const milestones = [4, 8, 12] as const

/** How well predictions are calibrated on a simulated fleet, and what an agent gains from those before it. */
export const learning: Bench = {
  name: 'learning',
  async run(argv) {
    if (!argv) return []
    const text = (value: string) => ({ type: 'string', default: value }) as const
    const options = { seed: text('1'), agents: text('200'), cycles: text('12') }
    const { seed, agents, cycles } = parseArgs({ args: argv, options }).values
    const courses = simulateFleet(Number(seed), Number(agents) / kinds, Number(cycles))
    printCalibration(courses.flat())
    printTransfer(courses)
    printProgress(courses)
    printRecovery(recovery(Number(seed)))
    return []
  },
}

/** For each kind the courses of its agents, in the order in which the agents were optimized. */
function simulateFleet(seed: number, agentsPerKind: number, cycles: number): Course[][] {
  const dice = random(seed)
  const world = Array.from({ length: kinds }, (_, i) => generateKind(`kind-${i}`, dice))
  const experience: FinishedTrial[] = []
  const courses: Course[][] = world.map(() => [])
  for (let position = 0; position < agentsPerKind; position++) {
    for (const [index, kind] of world.entries()) {
      const agent = generateAgent(kind, `agent-${index}-${position}`, dice)
      courses[index]!.push(optimize(agent, experience, cycles, position * cycles * cycleMs, dice))
    }
  }
  return courses
}

function printCalibration(courses: Course[]): void {
  const trials = courses.flatMap((series) => series.trials).filter(({ record }) => record.improvement !== null)
  const types = Map.groupBy(trials, ({ record }) => record.type)
  const halves = Map.groupBy(
    courses
      .flatMap((series) => series.trials.map((trial, nth) => ({ ...trial, nth })))
      .filter(({ record }) => record.improvement !== null),
    ({ nth }) => (nth < 3 ? 'first three of an agent' : 'later ones'),
  )
  print(['predictions', 'trials', 'predicted', 'measured', 'inside 80%', 'below', 'above', 'width'])
  print(Array(8).fill('---'))
  for (const [name, group] of [['all', trials], ...types, ...halves] as const) {
    const share = (holds: (measured: number, interval: [number, number]) => boolean) =>
      `${((100 * group.filter(({ record, strategy }) => holds(record.improvement!, strategy.expectedInterval!)).length) / group.length).toFixed(1)}%`
    const mean = (of: (trial: (typeof group)[number]) => number) =>
      (group.reduce((sum, trial) => sum + of(trial), 0) / group.length).toFixed(1)
    print([
      name,
      group.length,
      mean(({ strategy }) => strategy.expectedImprovement),
      mean(({ record }) => record.improvement!),
      share((measured, [low, high]) => measured >= low && measured <= high),
      share((measured, [low]) => measured < low),
      share((measured, [, high]) => measured > high),
      mean(({ strategy }) => strategy.expectedInterval![1] - strategy.expectedInterval![0]),
    ])
  }
  console.log()
}

/** The number of trials that later agents need to gain as much as the first of their kind did in all its trials. */
function printTransfer(courses: Course[][]): void {
  print(['agents of a kind', 'gain', 'trials', 'until half of what the first gained', 'until nine tenths of it'])
  print(Array(5).fill('---'))
  for (const [name, [from, to]] of [
    ['1st', early],
    ['18th to 22nd', late],
  ] as const) {
    const chosen = courses.flatMap((ofKind) => ofKind.slice(from, to + 1).map((series) => ({ series, goal: gain(ofKind[0]!) })))
    const average = (of: (one: (typeof chosen)[number]) => number) => mean(chosen.map(of)).toFixed(1)
    print([
      name,
      `${average(({ series }) => 100 * (1 - Math.exp(-gain(series))))} %`,
      average(({ series }) => series.trials.length),
      average(({ series, goal }) => trialsTo(series, goal / 2)),
      average(({ series, goal }) => trialsTo(series, 0.9 * goal)),
    ])
  }
  console.log()
}

/** The share of the possible gain after given numbers of trials, and the harm that the trials did meanwhile. */
function printProgress(courses: Course[][]): void {
  print(['agents of a kind', ...milestones.map((trials) => `gained after ${trials} trials`), 'harm', 'bad trials'])
  print(Array(milestones.length + 3).fill('---'))
  for (const [name, from, to] of [
    ['1st', 0, 1],
    ['2nd to 5th', 1, 5],
    ['later', 5, Infinity],
  ] as const) {
    const chosen = courses.flatMap((ofKind) => ofKind.slice(from, to))
    const trials = chosen.flatMap((series) => series.trials)
    const gained = (after: number) =>
      mean(chosen.map(({ loss, least }) => (loss[0]! - loss[Math.min(after, loss.length - 1)]!) / (loss[0]! - least)))
    print([
      name,
      ...milestones.map((after) => `${(100 * gained(after)).toFixed(1)}%`),
      ...formatHarm(trials.map(({ worsening }) => worsening)),
    ])
  }
  console.log()
}

function printRecovery({ regained, worsenings }: Recovery): void {
  print(['a workload shifts', ...[2, 4, 8].map((trials) => `regained after ${trials} trials`), 'harm', 'more than 25% worse'])
  print(Array(6).fill('---'))
  print([
    'of the time that can be gained',
    ...[2, 4, 8].map((trials) => `${(100 * regained[trials - 1]!).toFixed(1)}%`),
    ...formatHarm(worsenings),
  ])
}

/** The mean slowdown, and the share of trials that were more than a quarter worse. */
const formatHarm = (worsenings: readonly number[]) => [
  mean(worsenings.map((worsening) => Math.max(0, worsening))).toFixed(3),
  `${(100 * mean(worsenings.map((worsening) => Number(worsening > 0.25)))).toFixed(1)}%`,
]

const gain = ({ loss }: Course) => loss[0]! - loss.at(-1)!
/** Agents that never gain as much count as one trial more than they had. */
function trialsTo({ loss }: Course, goal: number): number {
  const found = loss.findIndex((one) => loss[0]! - one >= goal - 1e-9)
  return found < 0 ? loss.length : found
}
const print = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
