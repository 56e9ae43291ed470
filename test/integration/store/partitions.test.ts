import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensurePartitions } from '../../../src/store/partitions.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const add = (moment: string) =>
  store.db
    .insertInto('agentExecutions')
    .values({ agentName: 'a', executionType: 'x', timestamp: new Date(moment), outputData: '{"confidence": 0.5}' })
    .execute()

async function rowsByPartition() {
  const { rows } = await sql<{ partition: string; rows: number }>`
    select tableoid::regclass::text as partition, count(*) as rows from agent_executions group by 1 order by 1`.execute(store.db)
  return Object.fromEntries(rows.map(({ partition, rows }) => [partition, rows]))
}

test('a partition takes over the rows of its day from the default partition', async () => {
  await add('2030-01-01T00:00:00Z')
  await add('2030-01-01T23:59:59.999Z')
  await add('2030-01-02T00:00:00Z')
  await add('2029-12-31T23:59:59.999Z')
  await ensurePartitions(store.db, new Date('2030-01-01T15:00:00Z'), 1)
  expect(await rowsByPartition()).toEqual({ agent_executions_20300101: 2, agent_executions_default: 2 })
  const moved = await store.db.selectFrom('agentExecutions').select('confidence').execute()
  expect(moved.map(({ confidence }) => confidence)).toEqual([0.5, 0.5, 0.5, 0.5])
})

test('partitions are created once, even by two concurrent processes', async () => {
  const from = new Date('2031-06-01T00:00:00Z')
  await Promise.all([ensurePartitions(store.db, from, 3), ensurePartitions(store.db, from, 3)])
  await ensurePartitions(store.db, from, 3)
  await add('2031-06-03T12:00:00Z')
  expect(await rowsByPartition()).toMatchObject({ agent_executions_20310603: 1 })
})

test('an execution of a day without a partition is kept in the default partition', async () => {
  await add('2050-01-01T00:00:00Z')
  expect(await rowsByPartition()).toMatchObject({ agent_executions_default: 3 })
})
