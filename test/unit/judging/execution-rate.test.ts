import { describe, expect, test } from 'vitest'
import { createExecutionRateMeter } from '../../../src/analysis/judging/execution-rate.ts'
import type { Sample } from '../../../src/model/trial.ts'
import { random } from './random.ts'

/** Work of Poisson arrivals, 100 a minute by default, at a pace that varies. */
function arrivals(seed: number, from: number, to: number, everyMs = 600, load: (at: number) => number = () => 1): Sample[] {
  const { exponential } = random(seed)
  const samples: Sample[] = []
  for (let at = from + exponential() * everyMs; at < to; at += (exponential() * everyMs) / load(at))
    samples.push({ at, instance: 'a', value: 1 })
  return samples
}
const seeds = Array.from({ length: 100 }, (_, i) => 2 * i + 1)
/** The share of trials of 105 seconds after ten minutes in which executions are missing. */
const shareMissing = (everyMs: number, load?: (at: number) => number) =>
  seeds.filter((seed) => {
    const past = arrivals(seed, -600_000, 0, 600, load)
    const [older, newest] = [past.slice(0, past.length / 2), past.slice(past.length / 2)]
    const meter = createExecutionRateMeter({ control: older, candidate: older })
    return meter({ control: newest, candidate: arrivals(seed + 1, 0, 105_000, everyMs, load) })!.missing > 0
  }).length / seeds.length

describe('the pace of a single instance', () => {
  test('is not slower by chance, nor because its work comes in waves', () => {
    expect(shareMissing(600)).toBeLessThan(0.02)
    expect(shareMissing(600, (at) => 1 + 0.5 * Math.sin(at / 95_000))).toBeLessThan(0.05)
  })

  test('is slower if half of the executions are missing', () => {
    expect(shareMissing(1_200)).toBeGreaterThan(0.9)
  })

  test('of hours is slower if it is far below that of all hours of the past, and not because of a quiet hour', () => {
    const hour = 3_600_000
    const byDay = (at: number) => 1 + 0.5 * Math.sin((2 * Math.PI * at) / (24 * hour))
    const past = arrivals(1, -48 * hour, 0, 60_000, byDay)
    const meter = createExecutionRateMeter({ control: past.slice(0, 1_000), candidate: past.slice(0, 1_000) })
    const missingIn = (everyMs: number) =>
      meter({ control: past.slice(1_000), candidate: arrivals(2, 12 * hour, 17 * hour, everyMs, byDay) })!.missing
    expect(missingIn(500_000)).toBeGreaterThan(0.25)
    expect(missingIn(60_000)).toBe(0)
  })

  test('is not slower because it was stopped for a while', () => {
    const past = arrivals(1, -600_000, 0)
    const meter = createExecutionRateMeter({ control: past.slice(0, 500), candidate: past.slice(0, 500) })
    const candidate = [...arrivals(2, 0, 50_000), ...arrivals(3, 900_000, 950_000)]
    expect(meter({ control: past.slice(500), candidate })).toEqual({ missing: 0 })
  })

  test('is unknown after a few executions', () => {
    const past = arrivals(1, -600_000, 0)
    const meter = createExecutionRateMeter({ control: past.slice(0, 500), candidate: past.slice(0, 500) })
    expect(meter({ control: past.slice(500), candidate: arrivals(2, 0, 5_000) })).toBeNull()
  })
})
