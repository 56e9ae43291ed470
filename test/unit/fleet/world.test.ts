import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

test('a fault changes how a service behaves from its time on, beside what its world changes from the start', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 29, 20, 59, 59) })
  const world = {
    services: { headlines: { errors: 0.1 } },
    faults: [{ at: '2026-11-29T21:00:00Z', services: { headlines: { medianMs: 960 } } }],
  }
  vi.stubEnv('FLEET_WORLD', JSON.stringify(world))
  vi.resetModules()
  const { behaviourOf } = await import('../../../examples/fleet/world.ts')
  const usual = { medianMs: 240, spread: 0.25, errors: 0.04 }
  expect(behaviourOf('headlines', usual)).toEqual({ ...usual, errors: 0.1 })
  vi.setSystemTime(Date.UTC(2026, 10, 29, 21))
  expect(behaviourOf('headlines', usual)).toEqual({ medianMs: 960, spread: 0.25, errors: 0.1 })
  expect(behaviourOf('candles', usual)).toEqual(usual)
})
