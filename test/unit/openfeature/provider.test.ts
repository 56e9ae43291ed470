import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppliedConfiguration } from '../../../src/agent/configuration.ts'
import { type KnobInput, knobSchema } from '../../../src/model/knob.ts'
import { OptimizerProvider } from '../../../src/openfeature/provider.ts'

const purpose = 'computation'
const declared: KnobInput[] = [
  { name: 'threads', type: 'int', min: 1, max: 32, default: 4, purpose },
  { name: 'isCached', type: 'bool', default: false, purpose },
  { name: 'model', type: 'enum', values: ['small', 'large'], default: 'large', purpose },
  { name: 'sources', type: 'order', values: ['a', 'b'], default: ['a', 'b'], purpose },
]
const defaults = { threads: 4, isCached: false, model: 'large', sources: ['a', 'b'] }

/** The real SDK, and the configuration that an agent's client keeps. */
let configuration: AppliedConfiguration
beforeEach(async () => {
  configuration = new AppliedConfiguration(declared.map((knob) => knobSchema.parse(knob)))
  const source = {
    get configuration() {
      return configuration.current
    },
    onChange: configuration.onChange.bind(configuration),
  }
  await OpenFeature.setProviderAndWait(new OptimizerProvider(source))
})
afterEach(() => OpenFeature.close())

describe('flags of OpenFeature', () => {
  test('are the knobs of an agent, at their values in force', async () => {
    const client = OpenFeature.getClient()
    expect(await client.getNumberValue('threads', 1)).toBe(4)
    expect(await client.getBooleanValue('isCached', true)).toBe(false)
    expect(await client.getStringValue('model', '')).toBe('large')
    expect(await client.getObjectValue('sources', [])).toEqual(['a', 'b'])
    await configuration.deliver({ version: 2, values: { ...defaults, threads: 8, sources: ['b', 'a'] } })
    expect(await client.getNumberDetails('threads', 1)).toMatchObject({
      value: 8,
      variant: 'version 2',
      reason: 'STATIC',
      flagMetadata: { version: 2 },
    })
    expect(await client.getObjectValue('sources', [])).toEqual(['b', 'a'])
  })

  test.each([
    ['no knob has this name', 'thread', 'FLAG_NOT_FOUND'],
    ['it is the name of something that every object has', 'constructor', 'FLAG_NOT_FOUND'],
    ['the knob has another type', 'model', 'TYPE_MISMATCH'],
  ])('have the default of the caller if %s', async (_why, flag, errorCode) => {
    expect(await OpenFeature.getClient().getNumberDetails(flag, 7)).toMatchObject({ value: 7, errorCode, reason: 'ERROR' })
  })

  test('tell of changes, and only of those', async () => {
    const changed = vi.fn()
    OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, changed)
    await configuration.deliver({ version: 2, values: defaults })
    await configuration.deliver({ version: 3, values: { ...defaults, threads: 8, isCached: true } })
    await configuration.deliver({ version: 3, values: { ...defaults, threads: 8, isCached: true } })
    await configuration.deliver({ version: 4, values: { ...defaults, threads: 99 } })
    await vi.waitFor(() => expect(changed).toHaveBeenCalled())
    expect(changed.mock.calls.map(([details]) => details)).toEqual([
      expect.objectContaining({ flagsChanged: ['threads', 'isCached'], metadata: { version: 3 } }),
    ])
  })
})
