import { describe, expect, test } from 'vitest'
import { countSuspiciousResiduals, isWorkloadShift } from '../../../src/analysis/tuning/search/workload-shift.ts'

describe('a shift of the workload', () => {
  test('is suspected if two measurements in a row are off in the same direction, or one is far off', () => {
    expect([[3, 3], [-3, -3], [3, -3], [3, 1], [1, 3], [3], []].map(countSuspiciousResiduals)).toEqual([2, 2, 0, 0, 0, 0, 0])
    expect([[0, 9], [-9], [9, 0]].map(countSuspiciousResiduals)).toEqual([1, 1, 0])
  })

  test('is confirmed sooner by a repeated measurement after such a suspicion', () => {
    expect([isWorkloadShift(3, []), isWorkloadShift(-5, []), isWorkloadShift(3, [3, 3]), isWorkloadShift(2, [3, 3])]).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})
