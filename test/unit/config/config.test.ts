import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { temporaryFolder } from '../../support/folder.ts'

function load(content: object | null, env: Record<string, string> = {}) {
  const file = join(temporaryFolder(), 'config.json')
  writeFileSync(file, JSON.stringify(content))
  return loadConfig({ OPTIMIZER_CONFIG: file, ...env })
}

test.each([
  ['looks that are further apart than a lock can bear', { trials: { lookEveryMs: 5_001 } }, 'trials.lookEveryMs'],
  ['an acknowledgement that takes too long', { trials: { acknowledgeMs: 15_001 } }, 'trials.acknowledgeMs'],
  ['a kind of alike agents that is none', { trials: { alike: ['support bot'] } }, 'trials.alike.0'],
  ['a kind of alike agents named twice', { trials: { alike: ['bot', 'bot'] } }, 'trials.alike: names a kind twice'],
  ['a port that is none', { ports: { api: 65_536 } }, 'ports.api'],
  ['an observation of ten hours', { trials: { observeMs: 36_000_000 } }, '1800000 (30 minutes) is the maximum'],
  ['a lock that does not outlive an attempt to apply', { trials: { lockMs: 60_000 } }, 'trials.lockMs'],
  [
    'a cycle without time for a single trial',
    { trials: { observeMs: 600_000, cycleMs: 285_000 } },
    'trials.cycleMs: 285000 leaves no time for a single trial, which takes up to 635000 (observeMs 600000 + widenMs 20000 + 15000)',
  ],
  ['a wait beyond the range of timers', { approval: { waitMinutes: 1e300 } }, 'approval.waitMinutes'],
  ['a look back beyond the range of dates', { trials: { historyMs: 1e15 } }, 'trials.historyMs'],
  ['a cycle every hundred days', { schedule: { maxMinutes: 144_000 } }, 'schedule.maxMinutes'],
  ['a goal beyond arithmetic', { goal: { target: 1e308 } }, 'goal.target'],
  ['a threshold that everything exceeds without end', { thresholds: { responseTimeMs: 1e-320 } }, 'thresholds.responseTimeMs'],
  ['a URL where a host name belongs', { apiAllowedHosts: ['https://optimizer.example.com'] }, 'apiAllowedHosts.0'],
  [
    'an objective against the direction of a metric that the configuration declares',
    {
      metrics: [{ name: 'toolCalls', kind: 'count', direction: 'lower' }],
      objectives: [{ maximize: 'toolCalls' }],
    },
    'objectives.0: toolCalls is better when it is lower, so it cannot be maximized;',
  ],
  [
    'an objective on a metric that no trial can be judged by',
    { objectives: [{ maximize: 'cacheHitRate' }] },
    'objectives.0: no trial can be judged by cacheHitRate: executions do not report it; declare a metric that they report;',
  ],
  [
    'an objective without a goal',
    { objectives: [{ kind: 'support' }] },
    'objectives.0: set exactly one of minimize, maximize and weigh;',
  ],
  [
    'an objective for an agent and a kind',
    { objectives: [{ agent: 'bot', kind: 'support', minimize: 'costUsd' }] },
    'objectives.0: set either agent or kind, not both;',
  ],
  [
    'a tolerated loss of the metric to improve',
    { objectives: [{ minimize: 'costUsd', tolerate: { costUsd: 5 } }] },
    'objectives.0.tolerate: a loss of costUsd, the metric to improve, cannot be tolerated;',
  ],
  [
    'a bound of a quantity that is not above 0',
    { objectives: [{ minimize: 'costUsd', subjectTo: [{ metric: 'responseTime', max: 0 }] }] },
    'objectives.0: responseTime is a quantity, so its limit must be above 0, not 0;',
  ],
  ['a list', [], 'cannot be read as a JSON object'],
  ['null', null, 'cannot be read as a JSON object'],
  ['a cadence upside down', { schedule: { minMinutes: 11 } }, 'schedule: minMinutes is above maxMinutes'],
])('%s is refused in one sentence', (_what, content, words) => {
  expect(() => load(content)).toThrow(words)
})

test.each(['eighty', '70000', '-1', '80.5'])(
  'the port %s in the environment is refused in one sentence that names the variable',
  (port) => {
    expect(() => load({}, { OPTIMIZER_API_PORT: port })).toThrow(
      `OPTIMIZER_API_PORT is ${port}; set it to a port number from 0 (any free port) to 65535.`,
    )
  },
)

test('the API answers at least one request a second', () => {
  expect(configSchema.safeParse({ apiRequestsPerSecond: 0.05 }).success).toBe(false)
  expect(configSchema.safeParse({ apiRequestsPerSecond: 1 }).success).toBe(true)
})

test('names of hosts are separated by commas in the environment', () => {
  const env = { OPTIMIZER_API_ALLOWED_HOSTS: 'optimizer.example.com, .corp.example,' }
  expect(load({ apiAllowedHosts: ['other.example'] }, env).apiAllowedHosts).toEqual(['optimizer.example.com', '.corp.example'])
})

test.each(['API', 'NATS', 'POSTGRES', 'TEMPORAL', 'TEMPORAL_UI'])(
  'the address that Kubernetes puts into OPTIMIZER_%s_PORT beside a Service of that name is not taken for a port',
  (name) => {
    const defaults = load({}).ports
    for (const scheme of ['tcp', 'udp', 'sctp'])
      expect(load({}, { [`OPTIMIZER_${name}_PORT`]: `${scheme}://10.96.14.7:8080` }).ports).toEqual(defaults)
  },
)

test('a database password needs no encoding, and may come in PostgreSQL’s own variables', () => {
  const url = 'postgres://optimizer:a%2Fb%23c%3Fd%40e%25@db:5433/optimizer'
  expect(load({}, { DATABASE_URL: 'postgres://optimizer:a/b#c?d@e%@db:5433/optimizer' }).databaseUrl).toBe(url)
  const variables = { PGHOST: 'db', PGPORT: '5433', PGUSER: 'optimizer', PGPASSWORD: 'a/b#c?d@e%', PGDATABASE: 'optimizer' }
  expect(load({}, variables).databaseUrl).toBe(url)
  expect(load({}, { ...variables, DATABASE_URL: 'postgres://other/x' }).databaseUrl).toBe('postgres://other/x')
  expect(load({}, { PGHOST: '/run/postgresql', PGDATABASE: 'x' }).databaseUrl).toBe('postgres://%2Frun%2Fpostgresql/x')
  expect(load({}, { PGHOST: '::1', PGDATABASE: 'x' }).databaseUrl).toBe('postgres://[::1]/x')
  expect(load({}, { PGHOST: 'db' }).databaseUrl).toBeUndefined()
})

test.each([
  ['DATABASE_URL', 'mysql://u:secret@db/x', 'databaseUrl: is not an address such as postgres://'],
  ['DATABASE_URL', 'postgres://u:secret@db:port/x', 'databaseUrl: is not an address such as postgres://'],
  ['NATS_URL', 'http://u:secret@nats', 'natsUrl: is not an address such as nats://'],
])('a malformed %s is refused in one sentence without its password', (variable, value, words) => {
  expect(() => load({}, { [variable]: value })).toThrow(words)
  expect(() => load({}, { [variable]: value })).not.toThrow('secret')
})

test('the environment wins, key by key', () => {
  expect(load({ ports: { api: 1, nats: 2 } }, { OPTIMIZER_API_PORT: '0' }).ports).toMatchObject({ api: 0, nats: 2 })
})

test('a cycle has time for one trial, however long, and a kept change is watched for two such cycles', () => {
  expect(load({}).trials).toMatchObject({ observeMs: 105_000, cycleMs: 285_000, watchMs: 1_200_000 })
  expect(load({ trials: { observeMs: 600_000 } }).trials).toMatchObject({ cycleMs: 635_000, watchMs: 1_270_000 })
  expect(load({ trials: { observeMs: 600_000, cycleMs: 900_000, watchMs: 0 } }).trials).toMatchObject({
    cycleMs: 900_000,
    watchMs: 0,
  })
})

test('a bound that no trial has enough samples to prove is refused', () => {
  const config = (quantile: number, maxSamples = 160) => ({
    objectives: [{ minimize: 'costUsd', subjectTo: [{ metric: 'responseTime', quantile, max: 3_000 }] }],
    trials: { maxSamples },
  })
  expect(configSchema.safeParse(config(0.95)).success).toBe(true)
  expect(configSchema.safeParse(config(0.99, 300)).success).toBe(true)
  expect(configSchema.safeParse(config(0.99)).error?.issues).toMatchObject([
    { path: ['objectives', 0], message: expect.stringContaining('takes 300 samples to prove') },
  ])
})
