import { expect, test } from 'vitest'
import { describeSupersededSettings, type LaterVersion } from '../../../src/analysis/trials/supersession.ts'

const wanted = { pool: 16, ttl: 60 }

test('a setting that a later version changed is superseded by the first one that did', () => {
  const later: LaterVersion[] = [
    { version: 7, values: { pool: 4, ttl: 60 }, reason: 'bob set pool' },
    { version: 8, values: { pool: 4, ttl: 60, rounds: 1 }, reason: 'carol set rounds' },
  ]
  expect([...describeSupersededSettings(wanted, later)]).toEqual([['pool', 'pool is superseded by version 7 (bob set pool)']])
})

test('a setting that is in force in a later version is not superseded', () => {
  expect(describeSupersededSettings(wanted, []).size).toBe(0)
  const back = [
    { version: 7, values: { pool: 4, ttl: 60 }, reason: 'bob set pool' },
    { version: 8, values: { pool: 16, ttl: 60 }, reason: 'alice set pool' },
  ]
  expect(describeSupersededSettings(wanted, back).size).toBe(0)
})
