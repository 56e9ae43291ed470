import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { describeUnwritableKnob, formatEnvironmentFile, toVariableName } from '../../../src/model/environment-file.ts'
import { knobSchema } from '../../../src/model/knob.ts'
import { expandRestartCommand, findRestartKnobs } from '../../../src/model/restart.ts'
import { intKnob } from '../../support/store.ts'

const choice = (...values: string[]) =>
  knobSchema.parse({ name: 'model', type: 'enum', values, default: values[0], purpose: 'computation' })

describe('an environment file', () => {
  test.each([
    ['contextChunks', 'CONTEXT_CHUNKS'],
    ['context_chunks', 'CONTEXT_CHUNKS'],
    ['topology.max.spout/pending', 'TOPOLOGY_MAX_SPOUT_PENDING'],
  ])('has %s as %s', (knob, variable) => {
    expect(toVariableName(knob)).toBe(variable)
  })

  test('has the version and a line for each knob', () => {
    const values = { threads: 4, isCached: true, model: 'small-1', sources: ['b', 'a'] }
    expect(formatEnvironmentFile({ version: 3, values })).toBe(
      'OPTIMIZER_CONFIGURATION_VERSION=3\nTHREADS=4\nIS_CACHED=true\nMODEL=small-1\nSOURCES=b,a\n',
    )
  })

  test.each([
    ['two knobs of one variable', [intKnob('maxSize'), intKnob('max_size')], 'MAX_SIZE'],
    ['a knob that would replace the version', [intKnob('optimizerConfigurationVersion')], 'the version'],
    ['a value that needs quotes', [choice('small', 'very large')], '"very large"'],
    ['a value that a shell would run', [choice('small', '$(reboot)')], '"$(reboot)"'],
    ['a value of two lines', [choice('small', 'large\nPATH=/tmp')], 'PATH'],
  ])('cannot have %s', (_what, knobs, part) => {
    expect(describeUnwritableKnob(knobs)).toContain(part)
  })

  test('can have ordinary knobs', () => {
    expect(describeUnwritableKnob([intKnob('threads'), choice('gpt-4.1', 'org/model:free')])).toBeUndefined()
  })
})

describe('a change needs a restart', () => {
  const knobs = [intKnob('threads', { applies: 'restart' }), intKnob('cacheSize')]
  test('only if it changes a knob that takes effect then', () => {
    const values = { threads: 2, cacheSize: 2 }
    expect(findRestartKnobs(knobs, values, { ...values, cacheSize: 4 })).toEqual([])
    expect(findRestartKnobs(knobs, values, { ...values, threads: 4 })).toEqual(['threads'])
  })
})

describe('the configuration of restarts and settings', () => {
  const settings = { knobs: [intKnob('threads')] }
  const agent = (channel: object) => ({ agentId: 'bot', match: { 'service.name': 'bot' }, settings: { ...settings, ...channel } })
  const parse = (channel: object, more: object = {}) =>
    configSchema.safeParse({ telemetry: { agents: [agent(channel)] }, ...more })
  const environment = '/run/{instanceId}.env'
  const restarts = [{ agentId: 'bot', command: ['systemctl', 'restart', 'bot@{instanceId}'] }]
  const webhook = { url: 'http://127.0.0.1:9/{instanceId}', secret: 'sixteen characters' }

  test.each<[string, object, object, string]>([
    ['no channel', {}, {}, 'one of file, webhook and environment'],
    ['two channels', { environment, webhook }, { restarts }, 'one of file, webhook and environment'],
    ['an environment without a command', { environment }, {}, 'add a command that restarts'],
    ['a webhook for all instances', { webhook: { ...webhook, url: 'http://127.0.0.1:9/' } }, {}, 'must contain {instanceId}'],
    ['a webhook with a short secret', { webhook: { ...webhook, secret: 'short' } }, {}, 'at least 16'],
    ['a webhook with a password', { webhook: { ...webhook, url: 'http://a:b@host/{instanceId}' } }, {}, 'password'],
    ['a command for all instances', { webhook }, { restarts: [{ agentId: 'bot', command: ['reboot'] }] }, '{instanceId}'],
    ['two commands of one agent', { webhook }, { restarts: [...restarts, ...restarts] }, 'two commands for one agent'],
  ])('does not have %s', (_what, channel, more, message) => {
    expect(
      parse(channel, more)
        .error?.issues.map((issue) => issue.message)
        .join(),
    ).toContain(message)
  })

  test('makes every knob of an environment one that takes effect on a restart', () => {
    const { data } = parse({ environment }, { restarts })
    expect(data?.telemetry.agents[0]?.settings?.knobs).toMatchObject([{ name: 'threads', applies: 'restart' }])
  })

  test('fills the ids into every part of a command', () => {
    const command = ['kubectl', 'delete', 'pod', '{instanceId}', '-n', '{agentId}']
    expect(expandRestartCommand({ agentId: 'bot', command }, 'bot', 'bot-2')).toEqual([
      'kubectl',
      'delete',
      'pod',
      'bot-2',
      '-n',
      'bot',
    ])
  })
})
