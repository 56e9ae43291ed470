import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { importMappingSchema } from '../../../src/model/import-mapping.ts'
import { blocks, documents } from '../../support/documents.ts'

const [followed, mapping] = blocks(documents.find(({ name }) => name === 'docs/databases.md')!, 'json').map((text) =>
  JSON.parse(text),
)

test('the configuration and the mapping in docs/databases.md are valid', () => {
  expect(importMappingSchema.parse(mapping)).toMatchObject({ tables: { agent_executions: { table: 'runs', key: 'run_id' } } })
  expect(configSchema.parse(followed).foreignDatabases).toMatchObject([{ name: 'trading' }, { name: 'runs' }])
})

test('a database needs either a file or an address, and a name of its own', () => {
  const trading = { name: 'trading', sqlite: 'trading.db' }
  const invalid = [
    [trading, trading],
    [{ name: 'trading' }],
    [{ ...trading, postgres: 'postgres://db/agents' }],
    [{ name: 'trading', postgres: 'mysql://db/agents' }],
  ]
  for (const foreignDatabases of invalid) expect(configSchema.safeParse({ foreignDatabases }).success).toBe(false)
})
