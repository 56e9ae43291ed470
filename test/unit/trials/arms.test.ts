import { describe, expect, test } from 'vitest'
import { assignArms } from '../../../src/analysis/trials/arm-assignment.ts'

describe('choosing the arms of a trial', () => {
  test('a single instance is compared with its own past', () => {
    expect(assignArms(['a-1'], 'opt_1_x')).toEqual({ design: 'before-after', candidate: ['a-1'], control: [] })
  })

  test.each([
    [2, 1],
    [3, 1],
    [6, 2],
    [10, 3],
  ])('of %i instances %i try the change and the rest stay unchanged', (count, candidates) => {
    const ids = Array.from({ length: count }, (_, i) => `a-${i}`)
    const arms = assignArms(ids, 'opt_1_x')
    expect(arms.candidate).toHaveLength(candidates)
    expect([...arms.candidate, ...arms.control].sort()).toEqual(ids)
  })

  test('there are no more candidates than the fleet allows', () => {
    const ids = Array.from({ length: 10 }, (_, i) => `a-${i}`)
    expect(assignArms(ids, 'opt_1_x', 2).candidate).toHaveLength(2)
    expect(assignArms(ids, 'opt_1_x', 2).control).toHaveLength(8)
    expect(assignArms(ids, 'opt_1_x', 9).candidate).toHaveLength(3)
  })

  test('the trial’s id decides which instance is the candidate, not the order of the list', () => {
    const chosen = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const arms = assignArms(['a', 'b', 'c'], `opt_${i}_k`)
      expect(assignArms(['c', 'a', 'b'], `opt_${i}_k`)).toEqual(arms)
      chosen.add(arms.candidate[0]!)
    }
    expect(chosen.size).toBe(3)
  })
})
