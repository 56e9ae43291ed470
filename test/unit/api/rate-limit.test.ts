import { expect, test, vi } from 'vitest'
import { RateLimit } from '../../../src/api/access/rate-limit.ts'

test('nobody waits longer than the window, also while the clock of the host is set back', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const limit = new RateLimit(10_000, () => 1)
    expect(limit.add('ada')).toBe(0)
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(limit.add('ada')).toBeLessThanOrEqual(10)
  } finally {
    vi.useRealTimers()
  }
})
