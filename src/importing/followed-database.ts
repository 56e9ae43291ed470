import type { EngineSettings } from '../model/engine-settings.ts'
import { OptimizerError } from '../model/errors.ts'
import type { ExternalDatabaseSettings } from '../model/external-database.ts'
import { toSentence } from '../model/format.ts'
import { type ImportedTable, marketTables, type TablePlan } from '../model/import-mapping.ts'
import { versionSchema } from '../model/knob.ts'
import type { MetricDeclaration } from '../model/metric.ts'
import type { TelemetrySettings } from '../model/telemetry.ts'
import { toCleanText } from '../model/text.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { getEngineSettings } from '../store/engine-settings.ts'
import { claimExternalDatabase, extendExternalClaim, recordExternalRead } from '../store/external-databases.ts'
import type { ImportedRow } from '../store/imports.ts'
import { claimMarketSource } from '../store/market-sources.ts'
import { recordReportedVersions } from '../store/telemetry/reported-versions.ts'
import { findAssumedVersion, registerSources } from '../store/telemetry/sources.ts'
import { getInstanceKey, type TelemetryInstance } from '../telemetry/identity.ts'
import { versionAttribute } from '../telemetry/spans.ts'
import { readCompletedRows } from './completed-rows.ts'
import type { ConvertedRows } from './convert-rows.ts'
import type { ExternalDatabase } from './external-database.ts'
import { openExternalDatabase } from './open.ts'
import { planImport } from './plan.ts'
import { readTable } from './read-table.ts'
import { RecentRows } from './recent-rows.ts'

const dayMs = 86_400_000
/** How long a transaction of another writer may take without its rows being missed; milliseconds. */
const lateMs = 60_000
/** How often rows are read again that their owner may have completed, milliseconds. */
const completedEveryMs = 60_000

export interface FollowContext {
  settings: ExternalDatabaseSettings
  /** The names of all databases that may provide the market and the portfolio. */
  marketSources: readonly string[]
  engine: EngineSettings
  telemetry: TelemetrySettings
  /** Metrics that the configuration declares. */
  metrics: readonly MetricDeclaration[]
}

/** The outcome of a reading. */
export interface FollowReport {
  taken: number
  refused: number
  /** The first refusals. */
  reasons: string[]
  /** The obstacle to reading all of it; null if there is none. */
  problem: string | null
  /** The instances with new executions. */
  heard: TelemetryInstance[]
}

/** An external database that is read again and again. Rows that were read before are not read again, even after a restart. */
export class FollowedDatabase {
  readonly #db: Database
  readonly #context: FollowContext
  /** By table. */
  readonly #recent = new Map<string, RecentRows>()
  #heard = new Map<string, TelemetryInstance>()
  /** When rows were read again for the last time, milliseconds since the epoch. */
  #completedAt = 0
  /** Where the next page of such rows of a table begins. */
  readonly #completedAfter = new Map<ImportedTable, string | undefined>()
  #raised: string | null | undefined

  constructor(db: Database, context: FollowContext) {
    this.#db = db
    this.#context = context
  }

  /**
   * Reads what is new. Whatever is wrong with the other database is the `problem` of the report, and an alert while it lasts.
   * @returns undefined if another process reads it now
   * @throws the error of the optimizer's own database
   */
  async read(): Promise<FollowReport | undefined> {
    const { settings, engine } = this.#context
    if (!(await claimExternalDatabase(this.#db, settings.name, this.#claimMs))) return undefined
    const { data_retention_days: days } = await getEngineSettings(this.#db, engine)
    const report: FollowReport = { taken: 0, refused: 0, reasons: [], problem: null, heard: [] }
    this.#heard = new Map()
    const problems: string[] = []
    try {
      await this.#readTables(report, problems, Date.now() - days * dayMs)
    } catch (error) {
      if (!(error instanceof OptimizerError)) throw error
      problems.push(error.message)
    }
    report.heard = [...this.#heard.values()]
    report.problem = problems.length > 0 ? toCleanText(problems.join(' ')) : null
    await recordExternalRead(this.#db, settings.name, report.problem)
    await this.#alert(report.problem)
    return report
  }

  /** Raises an alert until it can be read again: an earlier thread that read it has ended. */
  async reportEnd(reason: string): Promise<void> {
    await this.#alert(`The thread that read it has ended: ${toSentence(reason)}`)
  }

  async #readTables(report: FollowReport, problems: string[], expiredBefore: number): Promise<void> {
    const { settings } = this.#context
    const { mapping, market, name } = settings
    const database = await openExternalDatabase(settings)
    const now = Date.now()
    const isTimeToComplete = now - this.#completedAt >= completedEveryMs
    if (isTimeToComplete) this.#completedAt = now
    try {
      const { tables, left } = await planImport(database, mapping, { isFollowed: true, market })
      problems.push(...left.filter(({ table }) => table in mapping.tables).map(({ reason }) => toSentence(reason)))
      for (const plan of tables) {
        const reading = {
          source: `${name}: ${plan.from}`,
          mapping,
          expiredBefore,
          returnsToExpired: false,
          recent: this.#recentOf(plan.table, plan.key),
          complete: (rows: ImportedRow[], table: ImportedTable) => this.#complete(rows, table),
          onBatch: () => extendExternalClaim(this.#db, name, this.#claimMs),
        }
        try {
          // An empty table provides no market, and leaves it to others.
          if (marketTables[plan.table] && (await isEmpty(database, plan))) continue
          const refusal = await this.#refuseMarket(plan)
          if (refusal !== undefined) {
            problems.push(refusal)
            continue
          }
          const counts = await readTable(this.#db, database, plan, reading)
          report.taken += counts.taken
          report.refused += counts.refused
          report.reasons.push(...counts.reasons)
          if (isTimeToComplete) {
            const after = this.#completedAfter.get(plan.table)
            this.#completedAfter.set(plan.table, await readCompletedRows(this.#db, database, plan, reading, after))
          }
        } catch (error) {
          // One that concerns a table leaves the others.
          if (!(error instanceof OptimizerError) || error.retryable) throw error
          problems.push(error.message)
        }
      }
    } finally {
      await database.close()
    }
  }

  /** Why a table of the market or the portfolio is not read: another database provides that. */
  async #refuseMarket({ table, from }: TablePlan): Promise<string | undefined> {
    const { settings, marketSources } = this.#context
    const subject = marketTables[table]
    if (!subject) return undefined
    const source = await claimMarketSource(this.#db, subject, settings.name, marketSources)
    if (source === settings.name) return undefined
    return `${from} is not read, because the ${subject} comes from ${source}; set market to false for ${settings.name}, or for ${source}.`
  }

  /** The portfolio is updated in place, and row ids of SQLite are given by one writer after the other. */
  #recentOf(table: ImportedTable, key: string): RecentRows {
    const isInOrder = table === 'portfolio' || (this.#context.settings.sqlite !== undefined && key === 'rowid')
    const recent = this.#recent.get(table) ?? new RecentRows(isInOrder ? 0 : lateMs)
    this.#recent.set(table, recent)
    return recent
  }

  /**
   * Registers who made executions lately, as instances that are known from their data alone, and completes the executions with the instance
   * and the version that it ran with. Where rows do not name an instance, the database counts as one.
   */
  async #complete(rows: ImportedRow[], table: ImportedTable): Promise<ConvertedRows> {
    if (table !== 'agent_executions' || rows.length === 0) return { rows, refusals: [] }
    const { metrics, telemetry } = this.#context
    const now = Date.now()
    const executions = rows.map((row) => toExecution(row, this.#context))
    const recent = new Map(executions.filter(({ at }) => at > now - dayMs).map(({ source }) => [getInstanceKey(source), source]))
    const sources = [...recent.values()]
    const { assumed, refused } = await registerSources(this.#db, sources, now, { configured: metrics, limits: telemetry })
    const reported = executions.map(({ source, ...execution }) => ({ ...execution, ...source }))
    await recordReportedVersions(this.#db, sources, reported, now)
    const refusals: string[] = []
    const completed = executions.flatMap(({ row, source, at, durationMs, version }) => {
      const reason = refused.get(getInstanceKey(source))
      if (reason) {
        refusals.push(`${row.name}: ${reason}`)
        return []
      }
      if (at > now - telemetry.liveSeconds * 1_000) this.#heard.set(getInstanceKey(source), source)
      const values = {
        ...row.values,
        instance_id: source.instanceId,
        configuration_version: version ?? findAssumedVersion(assumed, source, at - durationMs),
        version_assumed: version === undefined,
      }
      return [{ ...row, values }]
    })
    return { rows: completed, refusals }
  }

  async #alert(problem: string | null): Promise<void> {
    const { name } = this.#context.settings
    const alert = { cause: 'unread-database' as const, component: `database ${name}` }
    if (problem !== null) {
      const message = toCleanText(`${name} cannot be read completely; everything else continues. ${problem}`)
      await raiseAlert(this.#db, { ...alert, severity: 'medium', message })
    } else if (this.#raised !== null) await resolveAlert(this.#db, alert)
    this.#raised = problem
  }

  /** Time that one statement after the other may take until the right to read is extended. */
  get #claimMs(): number {
    return 30_000 + 4_000 * this.#context.settings.answerSeconds
  }
}

async function isEmpty(database: ExternalDatabase, { from }: TablePlan): Promise<boolean> {
  const rows = await database.query(`select 1 as found from ${database.quoteTable(from)} limit 1`)
  return rows.length === 0
}

/** The execution in a row, with the agent and instance that made it. */
function toExecution(row: ImportedRow, { settings, telemetry }: FollowContext) {
  const { agent_name, instance_id, timestamp, execution_time_ms } = row.values
  const agentId = String(agent_name)
  const rule = telemetry.agents.find((rule) => rule.agentId === agentId && rule.executions !== 'none')
  const source: TelemetryInstance = {
    agentId,
    kind: rule?.kind ?? agentId,
    instanceId: String(instance_id ?? settings.name),
    ...(rule?.settings && { knobs: rule.settings.knobs }),
  }
  return {
    row,
    source,
    version: readVersion(row.values),
    at: (timestamp as Date).getTime(),
    durationMs: Number(execution_time_ms ?? 0),
  }
}

/** The version that an execution names: in a column, or in the JSON of its input under the name that it has in spans. */
function readVersion({ configuration_version, input_data }: ImportedRow['values']): number | undefined {
  if (typeof configuration_version === 'number') return configuration_version
  if (typeof input_data !== 'string' || !input_data.includes(versionAttribute)) return undefined
  const { success, data } = versionSchema.safeParse(JSON.parse(input_data)?.[versionAttribute])
  return success ? data : undefined
}
