import { expect, test } from 'vitest'
import { computeExtraEvidence, createEpisodeRecord, sumEpisodes } from '../../../src/analysis/watching/false-alarms.ts'

const settings = { stepSeconds: 60, falseAlarmsPerDay: 1 }
const cautionAfter = (points: number, series = 50) => {
  const records = Array.from({ length: series }, () => ({ ...createEpisodeRecord(), points }))
  return computeExtraEvidence(records[0]!, sumEpisodes(records), settings)
}

test('a young series needs stronger evidence, because little is known of what is rare in it', () => {
  const [first, later, days] = [cautionAfter(150), cautionAfter(1_500), cautionAfter(15_000)]
  expect(first).toBeGreaterThan(1.5 * later)
  expect(later).toBeGreaterThan(days)
})

test('the more series there are, the stronger the evidence in each has to be', () => {
  expect(cautionAfter(5_000, 500)).toBeGreaterThan(cautionAfter(5_000, 50))
})
