import Table from 'cli-table3'
import { rankCauses } from '../../src/analysis/causes/index.ts'
import { type Bench, medianTime } from '../timing.ts'
import { contestants } from './contestants.ts'
import { faultKinds, generateCase } from './fleet.ts'

const FLEETS = 240

/** The time of a ranking; with `causes` on the command line, also how often each method finds the cause, as a table. */
export const causes: Bench = {
  name: 'causes',
  async run(argv) {
    if (argv) printTable(Number(argv[0] ?? FLEETS))
    const { input } = generateCase(1)
    return [{ what: `causes among ${input.series.length} series`, medianMs: medianTime(() => rankCauses(input)), goalMs: 250 }]
  },
}

/** Share of the causes in the first place and within the first three, the mean of those within the first one to five, and top-1 by fault. */
function printTable(fleets: number): void {
  const cases = Array.from({ length: fleets }, (_, seed) => generateCase(seed))
  const table = new Table({ head: ['method', 'top-1', 'top-3', 'Avg@5', ...faultKinds], style: { head: [], border: [] } })
  for (const { name, rank } of contestants) {
    const places = cases.map(({ component, kind, input, changes }) => ({ kind, place: rank(input, changes).indexOf(component) }))
    const within = (count: number, kind?: string) => {
      const counted = places.filter((each) => kind === undefined || each.kind === kind)
      return counted.filter(({ place }) => place >= 0 && place < count).length / counted.length
    }
    const average = [1, 2, 3, 4, 5].reduce((sum, count) => sum + within(count) / 5, 0)
    const shares = [within(1), within(3), average, ...faultKinds.map((kind) => within(1, kind))]
    table.push([name, ...shares.map((share) => share.toFixed(2))])
  }
  console.log(table.toString())
}
