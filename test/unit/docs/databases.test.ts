import { expect, test } from 'vitest'
import { databasesDocument } from '../../../docs/databases-document.ts'
import { configSchema } from '../../../src/config/config.ts'
import { importMappingSchema } from '../../../src/model/import-mapping.ts'
import { blocks, documents } from '../../support/documents.ts'

const document = documents.find(({ name }) => name === 'docs/databases.md')!
const [followed, mapping] = blocks(document, 'json').map((text) => JSON.parse(text))

test('the table of docs/databases.md matches the code; npx node docs/generate.ts writes it again', () => {
  expect(document.text).toBe(databasesDocument(document.text))
  expect(document.text).toContain(
    '| `agent_executions` | `timestamp` (time), `agent_name` (text), `success` (flag) | `execution_type`',
  )
})

test('the configuration and the mapping in docs/databases.md are valid', () => {
  expect(importMappingSchema.parse(mapping)).toMatchObject({ tables: { agent_executions: { table: 'runs', key: 'run_id' } } })
  expect(configSchema.parse(followed).externalDatabases).toMatchObject([{ name: 'trading' }, { name: 'runs' }])
})

test('a database needs either a file or an address, and a name of its own', () => {
  const trading = { name: 'trading', sqlite: 'trading.db' }
  const invalid = [
    [trading, trading],
    [{ name: 'trading' }],
    [{ ...trading, postgres: 'postgres://db/agents' }],
    [{ name: 'trading', postgres: 'mysql://db/agents' }],
  ]
  for (const externalDatabases of invalid) expect(configSchema.safeParse({ externalDatabases }).success).toBe(false)
})
