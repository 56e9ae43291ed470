import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { expandSettingsPath } from '../../../src/model/telemetry.ts'

const knobs = [{ name: 'pauseMs', type: 'int', min: 1, max: 100, default: 20, purpose: 'computation' }]
const withFile = (file: string) => ({
  telemetry: { agents: [{ agentId: 'bot', match: { 'service.name': 'bot' }, settings: { file, knobs } }] },
})

describe('the settings file of an agent', () => {
  test.each(['settings/{instanceId}.json', '/run/settings.json'])('is not at %s', (file) => {
    const { error } = configSchema.safeParse(withFile(file))
    expect(error?.issues[0]?.message).toContain('must be an absolute path that contains {instanceId}')
  })

  test('is one for each instance', () => {
    const file = '/run/{agentId}/{instanceId}.json'
    expect(configSchema.safeParse(withFile(file)).success).toBe(true)
    expect(expandSettingsPath(file, 'bot', 'bot-2')).toBe('/run/bot/bot-2.json')
  })

  test('may be assumed to take effect after a while, unless it takes a restart', () => {
    const parse = (settings: object) =>
      configSchema.safeParse({ telemetry: { agents: [{ agentId: 'bot', match: { 'service.name': 'bot' }, settings }] } })
    const knob = { name: 'threads', type: 'int', min: 1, max: 8, default: 2, purpose: 'parallelism' }
    const settings = { takesEffectSeconds: 5, knobs: [knob] }
    expect(parse({ ...settings, file: '/run/{instanceId}.json' }).success).toBe(true)
    const message = 'cannot be used for settings that take effect with a restart, because those must be confirmed'
    expect(parse({ ...settings, environment: '/run/{instanceId}.env' }).error?.issues).toContainEqual(
      expect.objectContaining({ message }),
    )
    const restarting = { ...settings, file: '/run/{instanceId}.json', knobs: [{ ...knob, applies: 'restart' }] }
    expect(parse(restarting).error?.issues).toContainEqual(expect.objectContaining({ message }))
  })

  test('of the example is valid', () => {
    const url = new URL('../../../examples/python-otel/optimizer.config.json', import.meta.url)
    expect(configSchema.safeParse(JSON.parse(readFileSync(url, 'utf8'))).error).toBeUndefined()
  })
})
