import { expect, test } from 'vitest'
import { campaign } from '../../faults/campaign.ts'

test('under random faults, trials end with the old or the new version on every instance, without a lock, and with nothing applied twice', async () => {
  const { outcomes, leftovers } = await campaign({ trials: 4, seed: 4 })
  expect(outcomes.length).toBeGreaterThanOrEqual(4)
  expect(leftovers).toEqual([])
  expect(outcomes.filter(({ violations }) => violations.length > 0)).toEqual([])
})
