import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dependsOnContact, determineLiveness, findFleetContactStart, getLastContact } from '../../../src/model/liveness.ts'

const now = 10_000_000
const ago = (seconds: number) => new Date(now - seconds * 1_000)
const heard = (from: number, to: number, leftAt: Date | null = null) => ({
  heardSince: ago(from),
  heartbeatAt: ago(to),
  leftAt,
})
/** Of an instance that fell silent, beside others. */
const liveness = (silentForSeconds: number, ...others: ReturnType<typeof heard>[]) => {
  const instance = heard(3_600, silentForSeconds)
  return determineLiveness(instance, now, findFleetContactStart([instance, ...others], now))
}

test('an instance whose record is kept alive was last heard that much earlier, but not before it began', () => {
  const secondsAgo = (...known: Parameters<typeof getLastContact>) => (now - getLastContact(...known)) / 1_000
  expect(secondsAgo(heard(3_600, 10), 0)).toBe(10)
  expect(secondsAgo(heard(3_600, 10), 90_000)).toBe(100)
  expect(secondsAgo(heard(40, 10), 90_000)).toBe(40)
  expect(secondsAgo(heard(3_600, 10, ago(5)), 90_000)).toBe(5)
})

describe('an instance', () => {
  const lasting = heard(3_600, 1)

  test('is live within six seconds of its last heartbeat, then silent, and gone after a minute in which others were heard', () => {
    expect(liveness(5.9, lasting)).toBe('live')
    expect(liveness(6, lasting)).toBe('silent')
    expect(liveness(59.9, lasting)).toBe('silent')
    expect(liveness(60, lasting)).toBe('gone')
  })

  test('is gone at once when it has left, until it is heard again', () => {
    expect(determineLiveness(heard(100, 1, ago(1)), now, now)).toBe('gone')
    expect(determineLiveness(heard(100, 1), now, now)).toBe('live')
  })

  test('is not gone because the optimizer heard nobody, but is after ten minutes', () => {
    expect(liveness(300)).toBe('silent')
    expect(liveness(300, heard(3_600, 301))).toBe('silent')
    expect(liveness(600)).toBe('gone')
  })

  test('has another minute once the optimizer hears the others again', () => {
    expect(liveness(300, heard(10, 1))).toBe('silent')
    expect(liveness(300, heard(60, 1))).toBe('gone')
  })

  test('is gone after a minute where nobody lives long, but always somebody', () => {
    const others = [heard(12, 1), heard(30, 10), heard(31, 20), heard(48, 29), heard(70, 45)]
    expect(liveness(300, ...others)).toBe('gone')
    expect(liveness(300, ...others.filter((_, index) => index !== 3))).toBe('silent')
  })
})

test('the fleet has been heard no longer than any instance, nor shorter than one that is live', () => {
  const seconds = fc.integer({ min: 0, max: 700 })
  const instance = fc.tuple(seconds, seconds).map(([a, b]) => heard(Math.max(a, b), Math.min(a, b)))
  fc.assert(
    fc.property(fc.array(instance), (fleet) => {
      const since = findFleetContactStart(fleet, now)
      expect(since).toBeGreaterThanOrEqual(Math.min(now, ...fleet.map(({ heardSince }) => heardSince.getTime())))
      const live = fleet.filter(({ heartbeatAt }) => now - heartbeatAt.getTime() < 6_000)
      expect(since).toBeLessThanOrEqual(Math.min(now, ...live.map(({ heardSince }) => heardSince.getTime())))
    }),
  )
})

test('since when the fleet is heard is asked for only where it may matter', () => {
  for (const silent of [0, 6, 59, 60, 300, 599, 600, 4_000]) {
    const instance = heard(8_000, silent)
    const possible = new Set([0, now].map((contactSince) => determineLiveness(instance, now, contactSince)))
    expect(dependsOnContact(instance, now)).toBe(possible.size > 1)
  }
})
