import { expect, test } from 'vitest'
import { gatherAgentKnowledge, toObservations } from '../../../../src/analysis/planning/proposals/agent-knowledge.ts'
import type { TrialLineage, TriedConfiguration } from '../../../../src/analysis/planning/proposals/trial-lineages.ts'
import type { Observation } from '../../../../src/analysis/tuning/index.ts'
import { builtInCatalogue, findBuiltInMetric } from '../../../../src/model/metric.ts'
import { agentProfile, knob } from '../../../support/profiles.ts'

const tried = (workers: number, ms: number): TriedConfiguration => ({
  configuration: { workers },
  figures: { responseTime: { value: Math.log(ms), standardError: 0.1 }, successRate: { value: 80, standardError: 5 } },
})
const known = (shownMs: number, workers: number, lineages: Record<string, TrialLineage[]>) =>
  gatherAgentKnowledge(
    agentProfile('own', { responseTimeP50: shownMs, successRate: 0.8, configuration: { version: 1, values: { workers } } }),
    { workers },
    new Map(Object.entries(lineages)),
    builtInCatalogue,
  )
const metricsOf = (...names: string[]) => names.map((name) => findBuiltInMetric(name)!)
const configurations = (all: readonly TriedConfiguration[]) => all.map(({ configuration }) => configuration.workers)

test('an observation has milliseconds and ratios, with errors in the same units', () => {
  const workers = knob({ name: 'workers', type: 'int', min: 1, max: 16, default: 4, purpose: 'parallelism' })
  const [{ metrics }] = toObservations(tried(4, 2_000), metricsOf('responseTime', 'successRate'), [workers]) as [Observation]
  expect(metrics.responseTime!.value).toBeCloseTo(2_000)
  expect(metrics.responseTime!.standardError).toBeCloseTo(200)
  expect(metrics.successRate).toEqual({ value: 0.8, standardError: 0.05 })
})

/** Compared with another configuration, with the same error in each metric. */
const comparedWith = (base: TriedConfiguration, one: TriedConfiguration, standardError: number): TriedConfiguration => {
  const difference = (metric: 'responseTime' | 'successRate') => one.figures[metric]!.value - base.figures[metric]!.value
  const effect = (metric: 'responseTime' | 'successRate') => ({ value: difference(metric), standardError })
  return { ...one, comparison: { base, effects: { responseTime: effect('responseTime'), successRate: effect('successRate') } } }
}

test('the current configuration comes first and is certain, because trials are measured against it', () => {
  const first = tried(4, 2_000)
  const second = comparedWith(first, tried(8, 1_000), 0.1)
  const third = comparedWith(second, tried(16, 900), 0.2)
  const { own } = known(1_000, 8, { own: [[first, second, third]] })
  expect(configurations(own)).toEqual([8, 4, 16])
  // The errors of what lies between them, not of all since the first trial.
  expect(own.map(({ figures }) => figures.responseTime!.standardError)).toEqual([0, 0.1, 0.2])
})

test('the level of the current configuration is what was measured of it, and the others keep their distance', () => {
  const first = tried(4, 2_000)
  const second = {
    ...comparedWith(first, tried(8, 1_000), 0.1),
    levels: { responseTime: { value: Math.log(1_200), standardError: 0.02 } },
  }
  const { own } = known(1_200, 8, { own: [[first, second]] })
  const times = own.map(({ figures }) => Math.exp(figures.responseTime!.value))
  expect(times[0]).toBeCloseTo(1_200)
  expect(times[1]).toBeCloseTo(2_400)
})

test('measurements of settings that were never compared with the current ones count as another agent’s', () => {
  const { own, others } = known(1_000, 5, { own: [[tried(4, 2_000), tried(8, 1_000)]] })
  expect(configurations(own)).toEqual([5])
  expect(others.map(({ lineage }) => configurations(lineage))).toEqual([[4, 8]])
})

test('if an agent no longer performs as before in a metric, its own figures of it are forgotten, but not its other ones or those of others', () => {
  const before = [[tried(2, 3_000)], [tried(4, 2_000), tried(8, 1_000)]]
  const { own, others } = known(3_000, 8, { own: before, sibling: [[tried(4, 2_000)]] })
  const times = (all: readonly TriedConfiguration[]) =>
    all.map(({ figures }) => figures.responseTime && Math.round(Math.exp(figures.responseTime.value)))
  expect(times(own)).toEqual([3_000, undefined])
  expect(own.map(({ figures }) => figures.successRate!.value)).toEqual([80, 80])
  expect(others.map(({ agent, lineage }) => [agent, times(lineage)])).toEqual([
    ['own/0', [undefined]],
    ['sibling/0', [2_000]],
  ])
})
