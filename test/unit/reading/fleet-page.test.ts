import { describe, expect, test } from 'vitest'
import type { Fleet } from '../../../src/reading/fleet.ts'
import { type FleetQuery, fleetQuerySchema, SortableFleet } from '../../../src/reading/fleet-page.ts'

const agent = (agentId: string, known: Partial<Fleet['agents'][number]> = {}): Fleet['agents'][number] => ({
  agentId,
  kind: 'hunter',
  live: 1,
  silent: 0,
  heardAt: null,
  metric: 'responseTime',
  value: 100,
  trend: 0,
  responseTime: known.value ?? null,
  severity: null,
  trialId: null,
  waiting: false,
  ...known,
})
const metric = (name: string, direction: 'lower' | 'higher') =>
  ({ name, label: name, unit: '', kind: 'continuous', direction }) as const

const list = new SortableFleet({
  agents: [
    agent('a', { value: 50, trend: 20 }),
    agent('b', { value: 900, severity: 'low', waiting: true }),
    agent('c', { value: null, live: 0 }),
    agent('d', { value: 70, severity: 'critical', trialId: 'opt_1_a' }),
    agent('e', { metric: 'qualityScore', value: 0.9, trend: -30, responseTime: 60, kind: 'writer' }),
    agent('f', { metric: 'qualityScore', value: 0.2, trend: 30, responseTime: null, kind: 'writer' }),
  ],
  metrics: [metric('responseTime', 'lower'), metric('qualityScore', 'higher')],
})
const read = (query: Partial<FleetQuery> = {}) => list.getPage({ ...fleetQuerySchema.parse({}), ...query })
const idsOf = (query: Partial<FleetQuery>) =>
  read(query)
    .agents.map(({ agentId }) => agentId)
    .join('')

describe('the list of the fleet', () => {
  test.each([
    ['name', 'abcdef'],
    ['attention', 'dbcaef'],
    ['slowest', 'bdeacf'],
    ['value', 'febdac'],
    ['trend', 'eabcdf'],
  ] as const)('sorted by %s is %s', (sort, ids) => {
    expect(idsOf({ sort })).toBe(ids)
    expect(idsOf({ sort }), 'again').toBe(ids)
  })

  test.each([
    ['trial', 'd'],
    ['bottleneck', 'bd'],
    ['worse', 'ae'],
    ['waiting', 'b'],
    ['silent', 'c'],
  ] as const)('with the filter %s is %s', (filter, ids) => {
    expect(idsOf({ filter })).toBe(ids)
    expect(read().counts[filter]).toBe(ids.length)
  })

  test('is cut into pages, each with the metrics that it names', () => {
    expect(read({ offset: 4, limit: 1 })).toMatchObject({
      agents: [{ agentId: 'e' }],
      metrics: [{ name: 'qualityScore' }],
      total: 6,
    })
    expect(read({ offset: 6 })).toMatchObject({ agents: [], metrics: [], total: 6 })
  })

  test('is searched by id and kind, whatever the case', () => {
    expect(idsOf({ search: ' WRIT ' })).toBe('ef')
    expect(read({ search: 'A' })).toMatchObject({ total: 1, counts: { all: 6 } })
  })
})
