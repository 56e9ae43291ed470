import { expect, test } from 'vitest'
import {
  computeSettlingCutoff,
  computeWatchMs,
  isWatchExtended,
  planWatchEnd,
} from '../../../src/analysis/trials/watch-duration.ts'
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
})

test('a watch that could not judge a part of its time goes on, for twice as long at most', () => {
  const [ended, watchMs] = [30 * hourMs, 20 * minuteMs]
  const end = (watchedUntil: number | null, now: number) => {
    const trial = { ...long, observeMs: null, watchedUntil: watchedUntil === null ? null : at(watchedUntil) }
    const until = planWatchEnd(trial, watchMs, at(now).getTime())
    return until === null ? null : (until - at(ended).getTime()) / minuteMs
  }
  expect(end(null, ended + 19 * minuteMs)).toBe(20)
  expect(end(ended + 18 * minuteMs, ended + 21 * minuteMs)).toBe(40)
  expect(end(ended + 20 * minuteMs, ended + 21 * minuteMs)).toBeNull()
  expect(end(null, ended + 39 * minuteMs)).toBe(40)
  expect(end(null, ended + 41 * minuteMs)).toBeNull()
  const isExtended = (minutes: number) =>
    isWatchExtended({ ...long, observeMs: null }, watchMs, at(ended + minutes * minuteMs).getTime())
  expect([19, 21].map(isExtended)).toEqual([false, true])
})

test('what still waits for a score is seen again by the next check, unless scores take longer than half of the watch', () => {
  const settled = (now: number, delay: number) =>
    computeSettlingCutoff({ from: 0, now: now * minuteMs }, { watchMs: 20 * minuteMs, scoreDelayMs: delay * minuteMs }) / minuteMs
  expect(settled(10, 0)).toBe(10)
  expect(settled(10, 3)).toBe(7)
  expect(settled(10, 15)).toBe(0)
  expect(settled(15, 15)).toBe(5)
})

test('nothing is watched if the configuration says so', () => {
  expect(computeWatchMs(long, 0)).toBe(0)
  expect(planWatchEnd(long, 0, at(30 * hourMs).getTime())).toBeNull()
})
