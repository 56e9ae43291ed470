/** External databases that are read while their owners write. */
import { z } from 'zod'
import { importMappingSchema } from './import-mapping.ts'
import { nameSchema } from './name.ts'
import { postgresUrlSchema } from './server-url.ts'

export const foreignDatabaseSchema = z
  .strictObject({
    name: nameSchema.describe('Names it in messages, and on record the place up to which it was read'),
    sqlite: z.string().min(1).max(1_000).optional().describe('Path of a SQLite file such as `trading.db`'),
    postgres: postgresUrlSchema.optional().describe('Address of a PostgreSQL database; let its user only read'),
    mapping: importMappingSchema
      .prefault({})
      .describe('[Which](databases.md#mapping) tables and columns hold what, where their names differ'),
    everySeconds: z.number().min(1).max(3_600).default(10).describe('Time from one reading to the next, seconds'),
    answerSeconds: z
      .number()
      .min(0.1)
      .max(60)
      .default(5)
      .describe('How long a statement may take, and how long the owner may lock a SQLite file, seconds'),
  })
  .refine(
    ({ sqlite, postgres }) => (sqlite === undefined) !== (postgres === undefined),
    'needs either sqlite, the path of a file, or postgres, the address of a database',
  )
export type ForeignDatabaseSettings = z.infer<typeof foreignDatabaseSchema>

export const foreignDatabasesSchema = z
  .array(foreignDatabaseSchema)
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'has two databases with the same name')
