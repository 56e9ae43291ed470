import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { AppliedConfiguration } from '../../../src/agent/configuration.ts'
import { type KnobInput, knobSchema, validateKnobValues } from '../../../src/model/knob.ts'

const declared: KnobInput[] = [
  { type: 'int', name: 'poolSize', purpose: 'parallelism', min: 1, max: 32, default: 4 },
  { type: 'bool', name: 'cache', purpose: 'caching', default: false },
  { type: 'order', name: 'sources', purpose: 'data-quality', values: ['a', 'b'], default: ['a', 'b'] },
]
const knobs = declared.map((knob) => knobSchema.parse(knob))
const defaults = { poolSize: 4, cache: false, sources: ['a', 'b'] }

describe('the configuration of an agent', () => {
  it('is the defaults until something is delivered', () => {
    expect(new AppliedConfiguration(knobs).current).toEqual({ version: 1, values: defaults })
  })

  it('passes all values and the changed ones to the agent before they come into force', async () => {
    const apply = vi.fn(() => expect(configuration.current.version).toBe(1))
    const configuration = new AppliedConfiguration(knobs, apply)
    const values = { ...defaults, cache: true, sources: ['b', 'a'] }
    expect(await configuration.deliver({ version: 2, values })).toEqual({ status: 'applied' })
    expect(apply.mock.calls).toEqual([[values, { cache: true, sources: ['b', 'a'] }]])
    expect(configuration.current).toEqual({ version: 2, values })
  })

  it('applies a version that is delivered twice only once', async () => {
    const apply = vi.fn()
    const configuration = new AppliedConfiguration(knobs, apply)
    const delivery = { version: 2, values: { ...defaults, poolSize: 8 } }
    const outcomes = await Promise.all([configuration.deliver(delivery), configuration.deliver(delivery)])
    expect(outcomes).toEqual([{ status: 'applied' }, { status: 'applied' }])
    expect(apply).toHaveBeenCalledTimes(1)
  })

  it('refuses a delivery that a newer one has overtaken', async () => {
    const configuration = new AppliedConfiguration(knobs)
    const values = { ...defaults, poolSize: 8 }
    const newest = (version: number) => configuration.deliver({ version, values }, (inForce) => inForce.version <= version)
    expect(await Promise.all([newest(3), newest(2)])).toEqual([
      { status: 'applied' },
      { status: 'refused', reason: 'version 3 is already in force' },
    ])
    expect(configuration.current.version).toBe(3)
  })

  it('never applies two versions at once', async () => {
    let running = 0
    let most = 0
    const configuration = new AppliedConfiguration(knobs, async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
    })
    await Promise.all(
      [5, 6, 7, 8].map((poolSize) => configuration.deliver({ version: poolSize, values: { ...defaults, poolSize } })),
    )
    expect(most).toBe(1)
    expect(configuration.current.values.poolSize).toBe(8)
  })

  it('refuses values out of bounds and unknown knobs, with the reason, and applies none of them', async () => {
    const apply = vi.fn()
    const configuration = new AppliedConfiguration(knobs, apply)
    const outcome = await configuration.deliver({ version: 2, values: { poolSize: 33, cache: true, speed: 1 } })
    expect(outcome).toEqual({ status: 'refused', reason: 'poolSize must be from 1 to 32, not 33; there is no knob speed' })
    expect(apply).not.toHaveBeenCalled()
    expect(configuration.current).toEqual({ version: 1, values: defaults })
  })

  it('keeps the old values if the agent throws, and accepts the next version', async () => {
    const configuration = new AppliedConfiguration(knobs, (values) => {
      if (values.poolSize === 8) throw new Error('no memory')
    })
    const refused = await configuration.deliver({ version: 2, values: { ...defaults, poolSize: 8 } })
    expect(refused).toEqual({ status: 'refused', reason: 'the agent could not apply it: no memory' })
    expect(configuration.current).toEqual({ version: 1, values: defaults })
    expect(await configuration.deliver({ version: 3, values: { ...defaults, poolSize: 6 } })).toEqual({ status: 'applied' })
  })

  it('applies a restored version, which has old values under a new number', async () => {
    const configuration = new AppliedConfiguration(knobs)
    await configuration.deliver({ version: 2, values: { ...defaults, poolSize: 8 } })
    await configuration.deliver({ version: 3, values: defaults })
    expect(configuration.current).toEqual({ version: 3, values: defaults })
  })

  it('is valid after any deliveries, and is the last one that was not refused', async () => {
    const number = fc.oneof(fc.integer({ min: -5, max: 40 }), fc.double(), fc.constant('8'))
    const delivery = fc.record({
      version: fc.integer({ min: 1, max: 9 }),
      values: fc.record({ poolSize: number, cache: fc.boolean() }, { requiredKeys: [] }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(delivery), async (deliveries) => {
        const configuration = new AppliedConfiguration(knobs)
        let expected = configuration.current
        for (const { version, values } of deliveries) {
          const { status } = await configuration.deliver({ version, values })
          if (status === 'applied') expected = { version, values: { ...defaults, ...values } }
          expect(configuration.current).toEqual(expected)
          expect(validateKnobValues(knobs, configuration.current.values)).toEqual([])
        }
      }),
    )
  })

  it('uses the default of a knob that the version does not name', async () => {
    const configuration = new AppliedConfiguration(knobs)
    await configuration.deliver({ version: 2, values: { poolSize: 8 } })
    expect(configuration.current.values).toEqual({ ...defaults, poolSize: 8 })
  })

  it('cannot be changed by the agent or by the sender', async () => {
    const configuration = new AppliedConfiguration(knobs)
    const values = { ...defaults, sources: ['b', 'a'] }
    await configuration.deliver({ version: 2, values })
    values.sources.reverse()
    expect(configuration.current.values.sources).toEqual(['b', 'a'])
    expect(Object.isFrozen(configuration.current.values)).toBe(true)
    expect(Object.isFrozen(configuration.current.values.sources)).toBe(true)
    expect(declared[2]?.default).toEqual(['a', 'b'])
  })
})
