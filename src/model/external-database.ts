/** External databases that are read while their owners write. */
import { z } from 'zod'
import { importMappingSchema } from './import-mapping.ts'
import { nameSchema } from './name.ts'
import { postgresUrlSchema } from './server-url.ts'

export const externalDatabaseSchema = z
  .strictObject({
    name: nameSchema.describe('Name of the database in messages, and the key under which its read position is recorded'),
    sqlite: z.string().min(1).max(1_000).optional().describe('Path of a SQLite file such as `trading.db`'),
    postgres: postgresUrlSchema.optional().describe('Address of a PostgreSQL database; give its user read-only access'),
    mapping: importMappingSchema
      .prefault({})
      .describe('[Which](databases.md#mapping) tables and columns hold which data, if their names differ from the default'),
    market: z
      .boolean()
      .default(true)
      .describe('Whether market and portfolio data may be read from this database; each is read from only one'),
    everySeconds: z.number().min(1).max(3_600).default(10).describe('Seconds between two reads'),
    answerSeconds: z
      .number()
      .min(0.1)
      .max(60)
      .default(5)
      .describe('Maximum duration in seconds of a statement, and of a lock held by the program that owns a SQLite file'),
  })
  .refine(
    ({ sqlite, postgres }) => (sqlite === undefined) !== (postgres === undefined),
    'needs either sqlite, the path of a file, or postgres, the address of a database',
  )
export type ExternalDatabaseSettings = z.infer<typeof externalDatabaseSchema>

export const externalDatabasesSchema = z
  .array(externalDatabaseSchema)
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'has two databases with the same name')
