/** Values of another database as values of a column of ours. SQLite has no types that a column must keep, and of PostgreSQL all are texts. */
import {
  getImportColumns,
  type ImportColumn,
  type ImportedTable,
  type ImportMapping,
  type TablePlan,
  toAgentId,
} from '../model/import-mapping.ts'
import { findJsonProblem, parseJson } from '../model/json.ts'
import { nameSchema } from '../model/name.ts'
import { maxDurationMs } from '../model/quantity.ts'
import { toStorableText } from '../model/text.ts'
import type { ExternalRow, ExternalValue } from './external-database.ts'

export type ConvertedRow = Record<string, string | number | boolean | Date | null>
type Value = ConvertedRow[string]

const longestText = 10_000
/** The range of the column. */
const highestVersion = 2_147_483_647
/** Clocks may differ. */
const toleratedFutureMs = 3_600_000

/** A row as this optimizer's table stores it. @throws Error with the reason, naming the column, if it cannot be imported */
export function convertRow(
  { table, columns }: Pick<TablePlan, 'table' | 'columns'>,
  row: ExternalRow,
  mapping: Pick<ImportMapping, 'agents'>,
  now: number,
): ConvertedRow {
  const converted: ConvertedRow = {}
  for (const [name, { type, isRequired }] of Object.entries(getImportColumns(table))) {
    const column = columns[name]
    const raw = column === undefined ? null : (row[column] ?? null)
    const value = raw === null ? null : convert(type, raw, name, now)
    if (value === null && isRequired) throw new Error(`${name} is missing`)
    converted[name] = value
  }
  return complete(table, converted, mapping)
}

function complete(table: ImportedTable, row: ConvertedRow, mapping: Pick<ImportMapping, 'agents'>): ConvertedRow {
  if (table === 'agent_executions') {
    row.agent_name = toId(row.agent_name, 'agent_name', 'an agent', mapping)
    if (row.instance_id != null) row.instance_id = toId(row.instance_id, 'instance_id', 'an instance', { agents: {} })
    const version = row.configuration_version ?? null
    if (version !== null && !(Number.isInteger(version) && Number(version) >= 1 && Number(version) <= highestVersion))
      throw new Error(`configuration_version is ${version}, which is not a valid version`)
    row.execution_type ??= 'unknown'
    const ms = row.execution_time_ms as number | null
    if (ms !== null && (ms < 0 || ms > maxDurationMs))
      throw new Error(`execution_time_ms is ${ms}, which is not a valid duration`)
  }
  if (table === 'agent_decisions') {
    row.agent = toId(row.agent, 'agent', 'an agent', mapping)
    row.type ??= 'unknown'
  }
  if (table === 'trades') {
    row.trade_type = String(row.trade_type).toUpperCase()
    if (row.trade_type !== 'BUY' && row.trade_type !== 'SELL') throw new Error('trade_type is neither BUY nor SELL')
    // Others are kept as they are: a trade of a person is one too.
    const { executed_by: by } = row
    if (typeof by === 'string' && Object.hasOwn(mapping.agents, by)) row.executed_by = toAgentId(by, mapping)
  }
  if (table === 'market_data' && row.fear_greed_index !== null) row.fear_greed_index = Math.round(Number(row.fear_greed_index))
  return row
}

function toId(value: Value | undefined, column: string, whose: string, mapping: Pick<ImportMapping, 'agents'>): string {
  const id = toAgentId(String(value), mapping)
  const { success, error } = nameSchema.safeParse(id)
  if (!success) throw new Error(`${column} cannot be the id of ${whose}: ${error.issues[0]!.message}`)
  return id
}

function convert(type: ImportColumn['type'], raw: ExternalValue, name: string, now: number): Value {
  if (raw instanceof Uint8Array) throw new Error(`${name} is binary`)
  switch (type) {
    case 'text':
      return toStorableText(String(raw), longestText)
    case 'number':
      return toNumber(raw, name)
    case 'flag':
      return toFlag(raw, name)
    case 'time':
      return toTime(raw, name, now)
    case 'json':
      return toJson(String(raw), name)
    case 'document':
      return toDocument(String(raw), name)
  }
}

function toNumber(raw: string | number | bigint | null, name: string): number {
  const value = typeof raw === 'string' && raw.trim() === '' ? Number.NaN : Number(raw)
  if (!Number.isFinite(value)) throw new Error(`${name} is not a number: ${String(raw).slice(0, 40)}`)
  return value
}

function toFlag(raw: string | number | bigint | null, name: string): boolean {
  const text = String(raw).toLowerCase()
  if (['1', 'true', 't', 'yes'].includes(text)) return true
  if (['0', 'false', 'f', 'no'].includes(text)) return false
  throw new Error(`${name} is neither true nor false: ${text.slice(0, 40)}`)
}

/**
 * SQLite's CURRENT_TIMESTAMP is UTC without saying so, and PostgreSQL writes zones as `+00`; numbers below 1e11, which is the year 5138,
 * are seconds since 1970, others milliseconds.
 */
function toTime(raw: string | number | bigint | null, name: string, now: number): Date {
  const text = String(raw).trim()
  const numeric = typeof raw === 'string' && !/^-?\d+(\.\d+)?$/.test(text) ? undefined : Number(text)
  const ms = numeric === undefined ? parseTime(text) : numeric < 1e11 ? numeric * 1_000 : numeric
  if (!Number.isFinite(ms)) throw new Error(`${name} is not a time: ${text.slice(0, 40)}`)
  if (ms < 0) throw new Error(`${name} is before 1970: ${text.slice(0, 40)}`)
  if (ms > now + toleratedFutureMs) throw new Error(`${name} is in the future: ${text.slice(0, 40)}`)
  return new Date(ms)
}

/** Milliseconds since the epoch; NaN if it is not a time. A day alone is UTC too. */
function parseTime(text: string): number {
  const iso = text.replace(' ', 'T').replace(/(T.*[+-]\d\d)$/, '$1:00')
  const hasZone = /(z|T.*[+-]\d\d:?\d\d)$/i.test(iso)
  return Date.parse(hasZone || iso.length <= 10 ? iso : `${iso}Z`)
}

/** JSON as it is, and any other text as a JSON text. */
function toDocument(text: string, name: string): string | null {
  if (text.trim() === '') return null
  const value = parseJson(text)
  return value === undefined ? JSON.stringify(toStorableText(text, longestText)) : toUsableJson(value, name)
}

function toJson(text: string, name: string): string {
  const value = parseJson(text)
  if (value === undefined) throw new Error(`${name} is not JSON: ${toStorableText(text, 40)}`)
  return toUsableJson(value, name)
}

function toUsableJson(value: unknown, name: string): string {
  const problem = findJsonProblem(value)
  if (problem) throw new Error(`${name} ${problem}`)
  return JSON.stringify(value)
}
