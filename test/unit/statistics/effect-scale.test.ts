import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { getEffectScale } from '../../../src/analysis/statistics/effect-scale.ts'
import { isUsableForJudging } from '../../../src/model/judged-metric.ts'
import { builtInMetrics, findBuiltInMetric } from '../../../src/model/metric.ts'

const metric = fc.constantFrom(...builtInMetrics.filter(isUsableForJudging))
const scaleOf = (name: string) => getEffectScale(findBuiltInMetric(name)!)

describe('the scale of effects', () => {
  test('converts an improvement there and back unchanged', () => {
    fc.assert(
      fc.property(metric, fc.double({ min: -300, max: 99, noNaN: true }), (metric, told) => {
        const { toEffect: effect, toImprovement: improvement } = getEffectScale(metric)
        expect(improvement(effect(told))).toBeCloseTo(told, 6)
      }),
    )
  })

  test('is additive: half of half a time is a quarter, two points and three are five', () => {
    const [time, rate] = [scaleOf('responseTime'), scaleOf('successRate')]
    expect(time.toImprovement(2 * time.toEffect(50))).toBeCloseTo(75)
    expect(rate.toImprovement(rate.toEffect(2) + rate.toEffect(3))).toBeCloseTo(5)
  })

  test('knows which direction is better', () => {
    const [time, rate] = [scaleOf('responseTime'), scaleOf('successRate')]
    expect(time.toEffect(10)).toBeLessThan(0)
    expect(rate.toEffect(10)).toBeGreaterThan(0)
    expect(time.levelAfter(200, { value: 0.25, standardError: 0.1 })).toEqual({ value: 150, standardError: 20 })
    expect(rate.levelAfter(0.95, { value: 0.1, standardError: 0.02 })).toEqual({ value: 1, standardError: 0.02 })
  })

  test('caps an improvement of 100% or more just below 100%', () => {
    expect(scaleOf('responseTime').toEffect(120)).toBeCloseTo(Math.log(0.001))
  })

  test('converts figures back to the unit of the metric', () => {
    const [time, rate] = [scaleOf('responseTime'), scaleOf('successRate')]
    const { value, standardError } = time.fromScale({ value: time.toScale(800), standardError: 0.05 })
    expect(value).toBeCloseTo(800)
    expect(standardError).toBeCloseTo(40)
    expect(rate.fromScale({ value: rate.toScale(0.62), standardError: 5 })).toEqual({ value: 0.62, standardError: 0.05 })
  })
})
