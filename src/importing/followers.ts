/** Follows external databases, each in a thread of its own: statements of SQLite are synchronous, and a database that hangs must not hold up anything else. */
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { describeError } from '../model/errors.ts'
import type { ExternalDatabaseSettings } from '../model/external-database.ts'
import { pluralize } from '../model/format.ts'
import { openDatabase } from '../store/database.ts'
import type { TelemetryInstance } from '../telemetry/identity.ts'
import { type FollowContext, FollowedDatabase, type FollowReport } from './followed-database.ts'

/** A thread that needs more, because of huge rows, ends with a warning. */
const maxMemoryMb = 256
/** Milliseconds that a thread may take to end its reading. */
const patienceMs = 3_000

export interface FollowersContext extends Omit<FollowContext, 'settings' | 'marketSources'> {
  /** The optimizer's own database. */
  databaseUrl: string
  onHeard(sources: TelemetryInstance[]): void
  info(message: string): void
  warn(message: string): void
}

export class Followers {
  readonly #context: FollowersContext
  readonly #threads = new Set<Worker>()
  readonly #stopping = new AbortController()
  #marketSources: string[] = []

  constructor(context: FollowersContext) {
    this.#context = context
  }

  start(databases: readonly ExternalDatabaseSettings[]): void {
    this.#marketSources = databases.filter(({ market }) => market).map(({ name }) => name)
    for (const settings of databases) this.#start(settings)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(
      [...this.#threads].map(async (thread) => {
        const ended = new Promise((resolve) => thread.once('exit', resolve))
        thread.postMessage('stop')
        await Promise.race([ended, delay(patienceMs)])
        // One that is stuck in a statement ends after it.
        void thread.terminate()
      }),
    )
  }

  /** @param ended why the thread before it has ended; undefined if it is the first, or its end was in order */
  #start(settings: ExternalDatabaseSettings, ended?: string): void {
    const { databaseUrl, engine, telemetry, metrics, onHeard, info, warn } = this.#context
    const marketSources = this.#marketSources
    const follow: ThreadContext = { databaseUrl, settings, marketSources, engine, telemetry, metrics, ended }
    const thread = new Worker(new URL(import.meta.url), {
      workerData: { follow },
      resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
    })
    this.#threads.add(thread)
    let problem: string | null = null
    thread.on('message', (report: ThreadReport) => {
      if (report.heard.length > 0) onHeard(report.heard)
      if (report.refused > 0)
        warn(
          `${settings.name}: ${pluralize(report.refused, 'row')} refused, for reasons such as ${report.reasons.slice(0, 3).join('; ')}`,
        )
      if (report.problem !== null && report.problem !== problem) warn(`${settings.name} ${report.problem}`)
      if (report.problem === null && problem !== null) info(`${settings.name} is being read again`)
      problem = report.problem
    })
    let failure: string | undefined
    thread.on('error', (error) => {
      failure = describeError(error)
      warn(`${settings.name} will not be read for a while: ${failure}`)
    })
    thread.once('exit', async () => {
      this.#threads.delete(thread)
      const { signal } = this.#stopping
      await delay(settings.everySeconds * 1_000, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) this.#start(settings, failure)
    })
  }
}

type ThreadContext = FollowContext & { databaseUrl: string; ended: string | undefined }
/** Its `problem` says what is the matter with the database. */
type ThreadReport = Pick<FollowReport, 'heard' | 'refused' | 'reasons' | 'problem'>

async function follow({ databaseUrl, ended, ...context }: ThreadContext): Promise<void> {
  const db = openDatabase(databaseUrl)
  const database = new FollowedDatabase(db, context)
  const stopping = new AbortController()
  parentPort!.once('message', () => stopping.abort())
  // The one that has ended could not say so, and this one may end in the same way.
  if (ended !== undefined) await database.reportEnd(ended).catch(() => undefined)
  while (!stopping.signal.aborted) {
    const report = await database.read().then(
      (read) => read && { ...read, problem: read.problem && `cannot be read completely: ${read.problem}` },
      (error) => {
        const problem = `is not being read, because the optimizer's own database cannot be used: ${describeError(error)}`
        return { heard: [], refused: 0, reasons: [], problem }
      },
    )
    if (report) parentPort!.postMessage(report satisfies ThreadReport)
    await delay(context.settings.everySeconds * 1_000, undefined, stopping).catch(() => undefined)
  }
  await db.destroy()
}

if (workerData?.follow) await follow(workerData.follow)
