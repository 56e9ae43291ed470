import { expect, test } from 'vitest'
import { createThroughputMeter } from '../../../src/analysis/judging/throughput.ts'
import type { ArmSamples, Sample } from '../../../src/model/trial.ts'
import { random } from './random.ts'

/** Work of Poisson arrivals. */
function arrivals(seed: number, instance: string, from: number, to: number, everyMs: number): Sample[] {
  const { exponential } = random(seed)
  const samples: Sample[] = []
  for (let at = from + exponential() * everyMs; at < to; at += exponential() * everyMs) samples.push({ at, instance, value: 1 })
  return samples
}
const arms = (seed: number, from: number, to: number, candidateEveryMs: number): ArmSamples => ({
  control: arrivals(seed, 'a', from, to, 500),
  candidate: arrivals(seed + 1, 'b', from, to, candidateEveryMs),
})
const seeds = Array.from({ length: 100 }, (_, i) => 2 * i + 1)
const share = (pass: (seed: number) => boolean) => seeds.filter(pass).length / seeds.length
const measure = (seed: number, before: number, since: number) =>
  createThroughputMeter(arms(seed, -200_000, 0, before))(arms(seed + 1_000, 0, 80_000, since))!

test('as much work as before is not missed', () => {
  expect(share((seed) => measure(seed, 500, 500).harm < 0.002)).toBe(0)
  expect(share((seed) => measure(seed, 500, 500).isDoubtful)).toBeLessThan(0.05)
})

test('a short history in which the candidate happened to do more does not make equal work doubtful', () => {
  const evenly = (instance: string, from: number, to: number, count: number): Sample[] =>
    Array.from({ length: count }, (_, i) => ({ at: from + ((i + 0.5) / count) * (to - from), instance, value: 1 }))
  const past = { control: evenly('a', -20_000, 0, 166), candidate: evenly('b', -20_000, 0, 199) }
  const since = { control: evenly('a', 0, 500_000, 5_000), candidate: evenly('b', 0, 500_000, 5_000) }
  expect(createThroughputMeter(past)(since)).toMatchObject({ isDoubtful: false })
  // A long one does.
  const longer = { control: evenly('a', -200_000, 0, 1_660), candidate: evenly('b', -200_000, 0, 1_990) }
  expect(createThroughputMeter(longer)(since)).toMatchObject({ isDoubtful: true })
})

test('a history of seconds, in which instances had just started, makes equal work of minutes no more doubtful', () => {
  const past = { control: arrivals(1, 'a', -7_000, 0, 90), candidate: arrivals(2, 'b', -7_000, 0, 50) }
  const since = (seconds: number, everyMs = 67) => ({
    control: arrivals(3, 'a', 0, 1_000 * seconds, 67),
    candidate: arrivals(4, 'b', 0, 1_000 * seconds, everyMs),
  })
  const meter = createThroughputMeter(past)
  expect(meter(since(30))).toMatchObject({ isDoubtful: true })
  expect(meter(since(120))).toMatchObject({ isDoubtful: false })
  expect(meter(since(120, 150))).toMatchObject({ isDoubtful: true })
})

test('a history of seconds is as short with a pause in it, such as the trial before', () => {
  const withPause = (instance: string, everyMs: number) => [
    ...arrivals(1, instance, -62_000, -60_000, everyMs),
    ...arrivals(2, instance, -5_000, 0, everyMs),
  ]
  const meter = createThroughputMeter({ control: withPause('a', 90), candidate: withPause('b', 50) })
  const since = { control: arrivals(3, 'a', 0, 120_000, 67), candidate: arrivals(4, 'b', 0, 120_000, 67) }
  expect(meter(since)).toMatchObject({ isDoubtful: false })
})

test('an instance that always served half is no worse for it', () => {
  expect(share((seed) => measure(seed, 1_000, 1_000).harm < 0.002)).toBe(0)
  expect(share((seed) => measure(seed, 1_000, 1_000).isDoubtful)).toBeLessThan(0.2)
})

test('a loss is named', () => {
  expect(share((seed) => measure(seed, 500, 1_667).harm < 0.002)).toBeGreaterThan(0.9)
  expect(share((seed) => measure(seed, 500, 1_000).isDoubtful)).toBeGreaterThan(0.95)
  expect(measure(1, 500, 1_667).missing).toBeGreaterThan(0.5)
})

test('work that varies between the arms anyway is allowed to vary', () => {
  const bursts = (from: number, to: number, seed: number): ArmSamples => {
    const all = arms(seed, from, to, 500)
    return { ...all, candidate: all.candidate.filter(({ at }) => Math.floor(at / 20_000) % 2 === 0) }
  }
  const meter = createThroughputMeter(bursts(-200_000, 0, 5))
  expect(meter(bursts(20_000, 80_000, 7))!.harm).toBeGreaterThan(0.002)
})

test('without a history, far less than an equal share is doubtful, and an equal share is not', () => {
  const none: ArmSamples = { control: [], candidate: [] }
  const isDoubtful = (seed: number, since: number) => createThroughputMeter(none)(arms(seed, 0, 80_000, since))!.isDoubtful
  expect(share((seed) => isDoubtful(seed, 1_000))).toBeGreaterThan(0.95)
  expect(share((seed) => isDoubtful(seed, 500))).toBeLessThan(0.05)
})

test('too few executions say nothing', () => {
  expect(createThroughputMeter(arms(1, -200_000, 0, 500))(arms(3, 0, 5_000, 500))).toBeNull()
})
