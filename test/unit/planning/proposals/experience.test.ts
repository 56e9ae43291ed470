import { expect, test } from 'vitest'
import { selectInformativeObservations } from '../../../../src/analysis/planning/proposals/informative-observations.ts'
import type { Observation } from '../../../../src/analysis/tuning/index.ts'

const objective = { metric: 'responseTime', direction: 'minimize' } as const

/** Settings and the time they were measured with. */
type Step = [configuration: Record<string, number>, ms: number]

const lineage = (agent: string, ...steps: Step[]): Observation[] =>
  steps.map(([configuration, value]) => ({ agent, configuration, metrics: { responseTime: { value, standardError: 1 } } }))
const told = (lineages: Observation[][], most: number) =>
  selectInformativeObservations(lineages, objective, most).map(({ agent, metrics }) => [agent, metrics.responseTime!.value])

test('the initial and the best configurations of the newest lineages come first', () => {
  const lineages = [
    lineage('new', [{ a: 1 }, 100], [{ a: 2 }, 90], [{ a: 3 }, 60], [{ a: 4 }, 65]),
    lineage('old', [{ a: 1 }, 110], [{ a: 2 }, 80]),
  ]
  expect(told(lineages, 3)).toEqual([
    ['new', 100],
    ['new', 60],
    ['old', 110],
  ])
})

test('the latest two harmful changes of each knob are remembered, however old', () => {
  const newer = Array.from({ length: 10 }, (_, i) => lineage(`newer-${i}`, [{ a: 1, b: 1 }, 100], [{ a: 2, b: 1 }, 70]))
  const harmed = ['x', 'y', 'z'].map((agent) =>
    lineage(agent, [{ a: 1, b: 1 }, 101], [{ a: 2, b: 1 }, 71], [{ a: 2, b: 2 }, 400]),
  )
  const all = told([...newer, ...harmed], 14)
  expect(all.slice(12)).toEqual([
    ['x', 400],
    ['y', 400],
  ])
})

test('harm is measured against the best so far, which was running then', () => {
  const lineages = Array.from({ length: 7 }, (_, i) =>
    lineage(`${i}`, [{ a: 1 }, 100 + i], [{ a: 2 }, 50 + i], [{ a: 3 }, 90 + i]),
  )
  expect(told(lineages, 13).at(-1)).toEqual(['0', 90])
})

test('for a metric to be maximized, the largest value is best, and less is harm', () => {
  const rising = { metric: 'responseTime', direction: 'maximize' } as const
  const lineages = Array.from({ length: 7 }, (_, i) =>
    lineage(`${i}`, [{ a: 1 }, 100 + i], [{ a: 2 }, 50 + i], [{ a: 3 }, 120 + i]),
  )
  const values = selectInformativeObservations(lineages, rising, 13).map(({ metrics }) => metrics.responseTime!.value)
  expect(values.slice(0, 2)).toEqual([100, 120])
  expect(values.at(-1)).toBe(50)
})
