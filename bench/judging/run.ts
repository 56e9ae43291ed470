import { parseArgs } from 'node:util'
import { printCases } from './cases.ts'
import { concurrent, type Figure, type Scenario, single } from './scenarios.ts'
import { type Company, playTrial } from './trials.ts'
import { type Decide, judge, naiveMeans, peekingTTest, type Verdict } from './verdicts.ts'

const JUDGES: [string, Decide][] = [
  ['this judge', judge],
  ['two means', naiveMeans],
  ['t-test, peeking', peekingTTest],
]
const COUNTED: Record<Figure, (verdict: Verdict) => boolean> = {
  'rolled back': ({ decision }) => decision === 'roll-back',
  missed: ({ decision }) => decision !== 'roll-back',
  kept: ({ decision }) => decision === 'keep',
}
const TABLES: [string, Company, Scenario[]][] = [
  ['one control, in step', 'in step', concurrent],
  ['two controls, at random', 2, concurrent],
  ['nine controls, at random', 9, concurrent],
  ['one instance', 'in step', single],
]

/**
 * Prints the decisions of judges in simulated trials, in percent, as Markdown.
 * @param argv `--reps 300`, `--seed 1`, `--table` and `--only`: parts of names, `--alone`: omits the other judges
 */
export function printJudges(argv: string[]): void {
  const text = (value: string) => ({ type: 'string', default: value }) as const
  const options = { reps: text('300'), seed: text('1'), table: text(''), only: text(''), alone: { type: 'boolean' } as const }
  const { reps, seed, table, only, alone } = parseArgs({ args: argv, options }).values
  const judges = alone ? JUDGES.slice(0, 1) : JUDGES
  if ('cases'.includes(table)) printCases(Math.ceil(Number(reps) / 3), Number(seed), only)
  for (const [title, company, scenarios] of TABLES.filter(([title]) => title.includes(table))) {
    print([title, 'n', 'percent', ...judges.map(([name]) => name), 'goal', 'median n'])
    print(Array(5 + judges.length).fill('---'))
    for (const scenario of scenarios.filter(({ name }) => name.includes(only))) {
      for (const size of [50, 200] as const) {
        const verdicts = judges.map(([, decide]) =>
          Array.from({ length: Number(reps) }, (_, rep) =>
            decide(playTrial(scenario, company, size, seedOf(`${seed} ${scenario.name} ${size} ${rep}`))),
          ),
        )
        for (const [figure, goals] of Object.entries(scenario.figures) as [Figure, [number | null, number | null]][]) {
          const percent = verdicts.map((of) => (100 * of.filter(COUNTED[figure]).length) / of.length)
          const goal = goals[size === 50 ? 0 : 1]
          const figures = percent.map((p) => p.toFixed(1))
          print([scenario.name, size, figure, ...figures, verdictOn(scenario, figure, goal, percent[0]!), median(verdicts[0]!)])
        }
      }
    }
    console.log()
  }
}

const print = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)

function verdictOn({ effect = 0 }: Scenario, figure: Figure, goal: number | null, percent: number): string {
  if (goal === null) return '–'
  const wanted = figure === 'kept' && effect < 0
  return `${wanted ? '≥' : '≤'} ${goal} ${(wanted ? percent >= goal : percent <= goal) ? 'met' : '**missed**'}`
}

/** Number of samples at which half of all trials had their verdict. */
const median = (verdicts: Verdict[]) => verdicts.map(({ after }) => after).sort((a, b) => a - b)[verdicts.length >> 1]!

/** FNV-1a. */
function seedOf(words: string): number {
  let hash = 0x811c9dc5
  for (const char of words) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
