import { describe, expect, test } from 'vitest'
import { buildTrialLineages } from '../../../../src/analysis/planning/proposals/index.ts'
import { createDifferenceErrorEstimator } from '../../../../src/analysis/planning/proposals/trial-lineages.ts'
import { computeStandardError } from '../../../../src/analysis/statistics/interval.ts'
import type { FinishedTrial } from '../../../../src/model/finished-trial.ts'
import { builtInCatalogue } from '../../../../src/model/metric.ts'
import { knob, measured, trialRecord } from '../../../support/profiles.ts'

/** A trial of `workers` beside a control with this median. */
function trial(from: number, to: number, controlMs: number, improvement: number | null, known: Partial<FinishedTrial> = {}) {
  const arm = (medianMs: number, successRate: number) =>
    measured({ responseTimeP50: medianMs, responseTimeMean: medianMs * 1.05, successRate })
  return trialRecord({
    baseline: { workers: from },
    changes: [{ knob: 'workers', from, to }],
    improvement,
    interval: improvement === null ? null : [improvement - 5, improvement + 5],
    metrics: { before: arm(controlMs, 0.8), after: arm(controlMs * (1 - (improvement ?? 0) / 100), 0.7) },
    ...known,
  })
}
const lineagesOf = (trials: FinishedTrial[]) => buildTrialLineages(trials, builtInCatalogue)
const medians = (trials: FinishedTrial[]) =>
  lineagesOf(trials).map((lineage) =>
    lineage.flatMap(({ configuration, figures: { responseTime } }) =>
      responseTime ? [[configuration.workers, Math.round(Math.exp(responseTime.value))]] : [],
    ),
  )

test('effects add up over trials, whatever the load did in between', () => {
  expect(medians([trial(1, 4, 2_000, 50), trial(4, 8, 1_200, 20)])).toEqual([
    [
      [1, 2_000],
      [4, 1_000],
      [8, 800],
    ],
  ])
})

test('metrics other than the target are compared as measured', () => {
  const [[, after] = []] = lineagesOf([trial(1, 4, 2_000, 50)])
  expect(after!.figures.successRate!.value).toBeCloseTo(70)
})

test('the further from the start, the less certain', () => {
  const [[first, second, third] = []] = lineagesOf([trial(1, 4, 2_000, 50), trial(4, 8, 1_000, 20)])
  const errors = [first, second, third].map((tried) => tried!.figures.responseTime!.standardError)
  expect(errors).toEqual(errors.toSorted((a, b) => a - b))
})

test('the level of a configuration is the mean of its own measurements, of which the newer ones count more', () => {
  const later = trial(4, 16, 1_200, 10, { verdict: 'undecided' })
  const [[, second] = []] = lineagesOf([trial(1, 4, 2_000, 50), trial(4, 8, 1_400, 20, { verdict: 'undecided' }), later])
  expect(Math.exp(second!.figures.responseTime!.value)).toBeCloseTo(1_000)
  // Measured with 1,000 ms as a candidate, then with 1,400 and 1,200 as a control.
  const level = Math.exp(second!.levels!.responseTime!.value)
  expect(level).toBeGreaterThan(1_170)
  expect(level).toBeLessThan(1_250)
})

test('two configurations differ with the errors of the trials between them', () => {
  const [[first, second, third] = []] = lineagesOf([trial(1, 4, 2_000, 50), trial(4, 8, 1_000, 20)])
  const [toSecond, toThird] = [second, third].map((tried) => tried!.comparison!.effects.responseTime!.standardError)
  expect(createDifferenceErrorEstimator(second!)(third!, 'responseTime')).toBe(toThird)
  expect(createDifferenceErrorEstimator(third!)(first!, 'responseTime')).toBeCloseTo(Math.hypot(toSecond!, toThird!), 10)
  // What a trial between them did not measure is as uncertain as both figures.
  const cost = { value: 0, standardError: 0.05 }
  const [one, other] = [first, third].map((tried) => ({ ...tried!, figures: { ...tried!.figures, costUsd: cost } }))
  expect(createDifferenceErrorEstimator(one!)(other!, 'costUsd')).toBeCloseTo(Math.hypot(0.05, 0.05), 10)
})

test('of two measurements of the same configuration, the newer one counts', () => {
  const again = [trial(1, 4, 2_000, 50, { verdict: 'undecided' }), trial(1, 4, 2_000, 40), trial(4, 8, 1_200, 50)]
  expect(medians(again)[0]!.at(-1)).toEqual([8, 600])
})

test('the judge’s interval, which is valid at every look, implies a smaller error than its width suggests; others are valid at one look', () => {
  const metrics = { before: measured({ successRate: 0.5, samples: 100 }), after: measured({ successRate: 0.5, samples: 100 }) }
  const errors = (metric: 'successRate' | 'coordinationScore') => {
    const [[before, after] = []] = lineagesOf([trial(1, 4, 2_000, 0, { metric, metrics, interval: [-10, 10] })])
    return [before, after].map((tried) => tried!.figures.successRate!.standardError)
  }
  expect(errors('successRate')[1]).toBeCloseTo(Math.hypot(5, computeStandardError([-10, 10], 'at-every-look')))
  expect(errors('successRate')[1]).toBeLessThan(Math.hypot(5, 20 / 3.92))
  expect(errors('coordinationScore')[1]).toBeCloseTo(Math.hypot(5, 5 * Math.SQRT2), 0)
})

test('a new lineage starts where a trial started from settings that were never measured', () => {
  expect(medians([trial(1, 4, 2_000, 50), trial(6, 8, 1_100, 20)])).toHaveLength(2)
})

test('if a configuration no longer performs as before, the workload must have changed, and earlier figures of that metric are forgotten', () => {
  const trials = [trial(1, 4, 2_000, 50), trial(4, 8, 3_000, 20)]
  expect(medians(trials)).toEqual([
    [
      [4, 3_000],
      [8, 2_400],
    ],
  ])
  expect(lineagesOf(trials)[0]!.map(({ figures }) => Math.round(figures.successRate!.value))).toEqual([80, 70, 60])
})

test('a score that the previous trial did not show is taken from this trial’s control', () => {
  const kept = trial(1, 4, 2_000, 50)
  const before = { ...kept.metrics.after, coordinationScore: 0.5 }
  const next = trial(4, 8, 1_000, 10, { metric: 'coordinationScore', metrics: { before, after: before } })
  const [[, second, third] = []] = lineagesOf([kept, next])
  expect([second, third].map((tried) => tried!.figures.coordinationScore!.value)).toEqual([50, 60])
})

describe('a roll-back', () => {
  test('of candidates that fell silent counts as a disaster', () => {
    expect(medians([trial(1, 4, 2_000, null, { verdict: 'roll-back' })])).toEqual([
      [
        [1, 2_000],
        [4, 4_000],
      ],
    ])
  })

  test('of a faster change keeps that measurement if the trial shows what got worse, and otherwise counts as harm', () => {
    const spoilt = trial(1, 4, 2_000, 30, { verdict: 'roll-back' })
    expect(medians([spoilt])[0]![1]![1]).toBe(1_400)
    const { before, after } = spoilt.metrics
    const unseen = { ...spoilt, metrics: { before, after: { ...after, successRate: before.successRate } } }
    expect(medians([unseen])[0]![1]![1]).toBeGreaterThan(2_000)
  })

  test('of a change that raised a rate counts as harm too, if no other harm shows', () => {
    const metrics = { before: measured({ successRate: 0.8 }), after: measured({ successRate: 0.9 }) }
    const [[, after] = []] = lineagesOf([trial(1, 4, 2_000, 10, { metric: 'successRate', metrics, verdict: 'roll-back' })])
    expect(after!.figures.successRate!.value).toBeLessThan(80)
  })

  test('by a person keeps the measurement, if there is one', () => {
    expect(medians([trial(1, 4, 2_000, 30, { verdict: 'roll-back', unjudged: true })])[0]![1]).toEqual([4, 1_400])
    expect(medians([trial(1, 4, 2_000, null, { verdict: 'roll-back', unjudged: true })])).toEqual([])
  })
})

test('a candidate that its agent refused is remembered as a failure, and that of a trial that a person ended is not', () => {
  const ended = (known: Partial<FinishedTrial>) =>
    buildTrialLineages(
      [trial(1, 4, 2_000, 20), trial(4, 8, 1_600, null, { verdict: 'roll-back', unjudged: true, ...known })],
      builtInCatalogue,
    )
  expect(ended({ failed: true })[0]!.at(-1)).toMatchObject({ configuration: { workers: 8 }, failed: true })
  expect(ended({})[0]!.at(-1)).toMatchObject({ configuration: { workers: 4 } })
})

test('a candidate that fell silent once is no failure of its values, and one that did so again is', () => {
  const silent = (from: number, to: number, known: Partial<FinishedTrial> = {}) =>
    trial(from, to, 2_000, null, { verdict: 'roll-back', failed: true, silent: true, ...known })
  const failures = (...trials: FinishedTrial[]) =>
    buildTrialLineages([trial(1, 4, 2_000, 20), ...trials], builtInCatalogue)
      .flat()
      .filter(({ failed }) => failed)
      .map(({ configuration }) => configuration.workers)
  expect(failures(silent(4, 8))).toEqual([])
  expect(failures(silent(4, 8), silent(4, 2))).toEqual([])
  expect(failures(silent(4, 8), silent(4, 6))).toEqual([8, 6])
})

test('a newly declared knob was at its default before, so earlier trials still belong to the lineage', () => {
  const cache = knob({ name: 'cache', type: 'int', min: 1, max: 100, default: 10, purpose: 'caching' })
  const later = { ...trial(4, 8, 1_000, 20), baseline: { workers: 4, cache: 10 } }
  const lineages = buildTrialLineages([trial(1, 4, 2_000, 50), later], builtInCatalogue, [cache])
  expect(lineages.map((lineage) => lineage.map(({ configuration }) => configuration))).toEqual([
    [
      { cache: 10, workers: 1 },
      { cache: 10, workers: 4 },
      { workers: 8, cache: 10 },
    ],
  ])
})
