import { parseArgs } from 'node:util'
import type { Bench } from '../timing.ts'
import { type Played, playTrial } from './play.ts'
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

/**
 * Prints the verdicts of trials of days, in percent, as Markdown.
 * @param argv `--reps 100`: trials of each row
 */
export function printLongTrials(argv: string[]): void {
  const { values } = parseArgs({ args: argv, options: { reps: { type: 'string', default: '100' } } })
  print(['change', 'instances', 'kept', 'rolled back', 'undecided', 'goal', 'median hours', 'median looks'])
  print(Array(8).fill('---'))
  for (const { name, change, goals } of longScenarios) {
    for (const instances of [3, 6]) {
      const played = Array.from({ length: Number(values.reps) }, (_, rep) => playTrial(1_000 + rep, instances, change))
      const percent = (verdict: Played['verdict']) =>
        ((100 * played.filter((one) => one.verdict === verdict).length) / played.length).toFixed(1)
      const goal = Object.entries(goals).map(([verdict, wanted]) => `${verdict} ${wanted}`)
      const figures = [percent('keep'), percent('roll-back'), percent('undecided'), goal.join(', ') || '–']
      print([
        name,
        instances,
        ...figures,
        median(played.map(({ hours }) => hours)).toFixed(0),
        median(played.map(({ looks }) => looks)),
      ])
    }
  }
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
