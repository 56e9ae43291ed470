/** The meaning of the tables of another database: each table of document 002, with the table and the columns that hold its rows there. */
import { z } from 'zod'
import { nameSchema } from './name.ts'

export interface ImportColumn {
  /** A `document` is JSON or any other text. */
  type: 'text' | 'number' | 'flag' | 'time' | 'json' | 'document'
  isRequired?: boolean
}

const required = (type: ImportColumn['type']): ImportColumn => ({ type, isRequired: true })
const optional = (type: ImportColumn['type']): ImportColumn => ({ type })

/** The tables of document 002 and their columns; executions may say which instance made them, with which version of its settings. */
export const importedTables = {
  agent_executions: {
    timestamp: required('time'),
    agent_name: required('text'),
    execution_type: optional('text'),
    input_data: optional('document'),
    output_data: optional('document'),
    success: required('flag'),
    execution_time_ms: optional('number'),
    error_message: optional('text'),
    instance_id: optional('text'),
    configuration_version: optional('number'),
  },
  agent_decisions: {
    id: required('text'),
    timestamp: required('time'),
    agent: required('text'),
    type: optional('text'),
    context: optional('json'),
    reasoning: optional('json'),
    outcome: optional('json'),
    agent_state: optional('json'),
    system: optional('json'),
    feedback: optional('json'),
  },
  portfolio: {
    id: required('number'),
    btc_balance: required('number'),
    usd_balance: required('number'),
    last_updated: required('time'),
  },
  portfolio_history: {
    timestamp: required('time'),
    btc_balance: required('number'),
    usd_balance: required('number'),
    btc_price_usd: required('number'),
    total_value_usd: required('number'),
  },
  trades: {
    timestamp: required('time'),
    trade_type: required('text'),
    amount_btc: required('number'),
    price_usd: required('number'),
    total_usd: required('number'),
    agent_decision_reason: optional('text'),
    executed_by: optional('text'),
    predicted_profit_usd: optional('number'),
    actual_profit_usd: optional('number'),
  },
  market_data: {
    timestamp: required('time'),
    price_usd: required('number'),
    volume_24h: optional('number'),
    price_change_24h: optional('number'),
    fear_greed_index: optional('number'),
  },
} satisfies Record<string, Record<string, ImportColumn>>
export type ImportedTable = keyof typeof importedTables
export const importedTableNames = Object.keys(importedTables) as ImportedTable[]

export const getImportColumns = (table: ImportedTable): Record<string, ImportColumn> => importedTables[table]

/** Columns that an owner fills in later, such as once a trade's profit is known; until then they are null, or JSON without content. */
export const deferredColumns: Partial<Record<ImportedTable, readonly string[]>> = {
  agent_decisions: ['outcome', 'feedback'],
  trades: ['predicted_profit_usd', 'actual_profit_usd'],
}

/** JSON without content, as text. */
export const emptyJsonTexts = ['{}', '[]', 'null'] as const
/** Whether a value of such a column is still to come. */
export const isPendingValue = (value: unknown) => value == null || emptyJsonTexts.some((text) => text === value)

export type MarketSubject = 'market' | 'portfolio'

/** The tables that only one external database can provide, because their rows do not say which market or portfolio they mean. */
export const marketTables: Partial<Record<ImportedTable, MarketSubject>> = {
  market_data: 'market',
  portfolio: 'portfolio',
  portfolio_history: 'portfolio',
}

const identifierSchema = z.string().min(1).max(200)

const tableMappingSchema = (table: ImportedTable) =>
  z.strictObject({
    table: identifierSchema.default(table).describe('The name of the table in the database'),
    key: identifierSchema
      .optional()
      .describe('The column that identifies and orders its rows; by default the SQLite row id, or the primary key'),
    columns: z
      .partialRecord(z.enum(Object.keys(importedTables[table])), identifierSchema)
      .default({})
      .describe(
        'Names of columns in the database, by the names that the optimizer uses; omitted columns have the same name in both',
      ),
  })

/** A mapping. Tables left out are taken if the database has them under the same name. */
export const importMappingSchema = z.strictObject({
  agents: z
    .record(z.string(), nameSchema)
    .default({})
    .describe(
      'Name of an agent in the database → id of the agent; other names are converted to ids (for example, Market Hunter becomes market-hunter)',
    ),
  tables: z
    .strictObject({
      agent_executions: tableMappingSchema('agent_executions').optional(),
      agent_decisions: tableMappingSchema('agent_decisions').optional(),
      portfolio: tableMappingSchema('portfolio').optional(),
      portfolio_history: tableMappingSchema('portfolio_history').optional(),
      trades: tableMappingSchema('trades').optional(),
      market_data: tableMappingSchema('market_data').optional(),
    })
    .default({}),
})
export type ImportMapping = z.infer<typeof importMappingSchema>

/**
 * The id of an agent that a database names: one that is an id already stays as it is, and `Market Hunter` is `market-hunter`. Empty if nothing
 * is left and no other is given.
 */
export function toAgentId(name: string, { agents }: Pick<ImportMapping, 'agents'>): string {
  const given = Object.hasOwn(agents, name) ? agents[name] : undefined
  if (given !== undefined) return given
  if (nameSchema.safeParse(name).success) return name
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
}

/** How a table is read: our column → the column of the database. */
export interface TablePlan {
  table: ImportedTable
  from: string
  key: string
  /** The column that identifies a row: the key, or another if keys do not last; null if only the content of a row does. */
  identity: string | null
  columns: Record<string, string>
}

/** The result of importing a table. */
export interface TableReport extends TablePlan {
  /** How many there are. */
  rows: number
  taken: number
  /** Imported earlier. */
  known: number
  /** Skipped because they are older than the retention time of such data. */
  expired: number
  refused: number
  /** The first refusals, each as "row 7: success is missing". */
  reasons: string[]
}

export interface ImportReport {
  file: string
  isDryRun: boolean
  /** Days for which executions and decisions are kept. */
  retentionDays: number
  tables: TableReport[]
  /** Tables of document 002 that were skipped, and why. */
  left: { table: string; reason: string }[]
  /** Agents of the file by id, with their names there if they differ, and whether they have ever connected. */
  agents: { agentId: string; names: string[]; isConnected: boolean }[]
}
