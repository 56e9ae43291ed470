import { expect, test } from 'vitest'
import { alarmEvidenceThreshold, anomalyThreshold, createAlarm, scoreEvidence } from '../../../src/analysis/anomalies/alarm.ts'
import { views } from '../../../src/analysis/anomalies/views.ts'

const experienced = 30_000

/** Whether evidence raises an alarm, some quiet points after an alarm with other evidence. */
function alarmsAgain({ first, points, next }: { first: number; points: number; next: number }): boolean {
  const alarm = createAlarm(views.length)
  const beQuiet = (count: number) => {
    for (let i = 0; i < count; i++) scoreEvidence(alarm, 0)
  }
  beQuiet(experienced)
  expect(scoreEvidence(alarm, alarmEvidenceThreshold + first)).toBeGreaterThanOrEqual(anomalyThreshold)
  beQuiet(points)
  return scoreEvidence(alarm, alarmEvidenceThreshold + next) >= anomalyThreshold
}

test('soon after an alarm that was barely raised, more evidence is needed for the next one; after a certain one or later, less', () => {
  expect(alarmsAgain({ first: 0.1, points: 150, next: 1 })).toBe(false)
  expect(alarmsAgain({ first: 0.1, points: 150, next: 2.5 })).toBe(true)
  expect(alarmsAgain({ first: 9, points: 150, next: 1 })).toBe(true)
  expect(alarmsAgain({ first: 0.1, points: 3000, next: 0.1 })).toBe(true)
})

test('a detector that knows little needs more evidence', () => {
  expect(scoreEvidence(createAlarm(views.length), alarmEvidenceThreshold + 1.5)).toBeLessThan(anomalyThreshold)
  expect(scoreEvidence(createAlarm(views.length), alarmEvidenceThreshold + 2.5)).toBeGreaterThan(anomalyThreshold)
})
