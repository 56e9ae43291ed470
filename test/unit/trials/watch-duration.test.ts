import { expect, test } from 'vitest'
import { computeLongestWatchMs, computeWatchMs } from '../../../src/analysis/trials/watch-duration.ts'
import { recordedTrial } from '../../support/trial-facts.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const at = (ms: number) => new Date(Date.UTC(2026, 10, 1) + ms)
const long = recordedTrial({ observeMs: 72 * hourMs, observingAt: at(0), endedAt: at(30 * hourMs) })

test('a change is watched for the configured time after a trial within a cycle', () => {
  expect(computeWatchMs({ ...long, observeMs: null }, 20 * minuteMs)).toBe(20 * minuteMs)
})

test('after a trial outside a cycle it is watched as long as that was observed, without its suspensions, and not less than configured', () => {
  expect(computeWatchMs(long, 20 * minuteMs)).toBe(30 * hourMs)
  const suspensions = [{ from: at(hourMs).getTime(), to: at(11 * hourMs).getTime() }]
  expect(computeWatchMs({ ...long, suspensions }, 20 * minuteMs)).toBe(20 * hourMs)
  expect(computeWatchMs(long, 40 * hourMs)).toBe(40 * hourMs)
  expect(computeLongestWatchMs({ watchMs: 20 * minuteMs, longestHours: 72 })).toBeGreaterThanOrEqual(2 * 72 * hourMs)
})

test('nothing is watched if the configuration says so', () => {
  expect(computeWatchMs(long, 0)).toBe(0)
  expect(computeLongestWatchMs({ watchMs: 0, longestHours: 72 })).toBe(0)
})
