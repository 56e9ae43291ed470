import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { shared } from './shared.ts'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

/** A new empty database on the tests' PostgreSQL. `drop` ends connections that are still open. */
export function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase('template1')
}

/** The same with the optimizer's tables in it. */
export function createMigratedTestDatabase(): Promise<TestDatabase> {
  return createDatabase(shared('migratedDatabase'))
}

async function createDatabase(template: string): Promise<TestDatabase> {
  const server = shared('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await run(server, `create database ${name} template ${template}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(server, `drop database if exists ${name} with (force)`) }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
