import { describe, expect, test } from 'vitest'
import { judgeWidening, selectWideningInstances } from '../../../src/analysis/trials/widening.ts'
import type { Judgement } from '../../../src/model/trial.ts'

const names = (count: number) => Array.from({ length: count }, (_, i) => `a-${i}`)

describe('widening a proven change to half of the instances', () => {
  test.each([
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 1],
    [4, 1, 1],
    [6, 2, 1],
    [9, 3, 2],
    [10, 3, 2],
  ])('of %i instances with %i candidates, %i join', (count, candidates, joining) => {
    const all = names(count)
    const arms = { candidate: all.slice(0, candidates), control: all.slice(candidates) }
    const joined = selectWideningInstances(arms, all)
    expect(joined).toEqual(arms.control.slice(0, joining))
  })

  test('only live instances count, and one always remains as the control', () => {
    const arms = { candidate: ['a'], control: ['b', 'c', 'd'] }
    expect(selectWideningInstances(arms, ['a', 'c', 'd'])).toEqual(['c'])
    expect(selectWideningInstances(arms, ['a', 'd'])).toEqual([])
    expect(selectWideningInstances(arms, ['d'])).toEqual([])
    expect(selectWideningInstances(arms, [])).toEqual([])
  })
})

describe('a look at half of the instances', () => {
  const judgement: Judgement = {
    decision: 'undecided',
    metric: 'responseTime',
    design: 'concurrent',
    improvement: 20,
    interval: [-5, 45],
    samples: { control: 30, candidate: 30 },
    reason: 'an effect of at least 5% on response time was not proven',
  }

  test('continues without a second proof if the time is up and no harm was found', () => {
    expect(judgeWidening(judgement)).toMatchObject({ decision: 'keep', reason: expect.stringMatching(/^on half/) })
  })

  test('does not continue if nothing was measured: missing data is never a pass', () => {
    const unmeasured = { ...judgement, improvement: null, interval: null }
    expect(judgeWidening(unmeasured)).toMatchObject({ decision: 'undecided' })
  })

  test('does not continue if a bound of the objective seems to be violated, and names it', () => {
    const suspected = judgeWidening({ ...judgement, suspicion: 'response time seems not to be at most 3000' })
    expect(suspected.decision).toBe('undecided')
    expect(suspected.reason).toContain('at most 3000')
  })

  test.each(['roll-back', 'continue', 'keep'] as const)('leaves %s unchanged', (decision) => {
    expect(judgeWidening({ ...judgement, decision })).toMatchObject({ decision })
  })
})
