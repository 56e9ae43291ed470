import type { RecordedToken } from '../model/access.ts'
import { insertAuditEntry } from '../store/audit-entries.ts'
import { listTokens, recordTokenUse } from '../store/tokens.ts'
import type { OptimizerClient } from './optimizer.ts'
import { digestSecret } from './tokens.ts'
import { WindowedCounts } from './windowed-counts.ts'

/** How long a token that was revoked may still be accepted. */
const freshMs = 1_000
const useRecordedEveryMs = 60_000
const denialsCountedMs = 3_600_000

/** The use of a token, or an attempt without a valid one. */
export interface AccessAttempt {
  /** Such as `POST /api/commands`. */
  request: string
  /** The address of the client; undefined if it is not known. */
  address: string | undefined
}

/** The tokens of the API, at most a second old: however many requests come, the database is asked at most once a second. */
export class TokenCache {
  readonly #db: OptimizerClient['db']
  /** By a monotonic clock, like the other times here. */
  #loadedAt = Number.NEGATIVE_INFINITY
  #tokens = new Map<string, RecordedToken>()
  #loading: Promise<void> | undefined
  readonly #usesRecordedAt = new Map<number, number>()
  readonly #denials = new WindowedCounts(denialsCountedMs)

  constructor({ db }: Pick<OptimizerClient, 'db'>) {
    this.#db = db
  }

  /** The token with this secret, whether or not it is in force; undefined if there is none. */
  async find(secret: string): Promise<RecordedToken | undefined> {
    await this.#refresh()
    return this.#tokens.get(digestSecret(secret).toString('hex'))
  }

  /** Whether a token of people, or of agents, was created and not revoked. */
  async hasTokenOf(whom: 'people' | 'agents'): Promise<boolean> {
    await this.#refresh()
    return this.#tokens.values().some(({ role, revokedAt }) => !revokedAt && (role === 'agent') === (whom === 'agents'))
  }

  /** Records the first use for the audit log, and about when it was last used. */
  async recordUse(token: RecordedToken, attempt: AccessAttempt): Promise<void> {
    const now = performance.now()
    if (now - (this.#usesRecordedAt.get(token.id) ?? Number.NEGATIVE_INFINITY) < useRecordedEveryMs) return
    this.#usesRecordedAt.set(token.id, now)
    // Without the database, the next use is recorded instead.
    await recordTokenUse(this.#db, token, attempt).catch(() => this.#usesRecordedAt.delete(token.id))
  }

  /**
   * Records for the audit log, which is never emptied, the 1st, 10th, 100th … refusal within an hour of the same token, for the same reason and
   * from the same address. Without the database, a request is refused all the same. @param token its name; undefined for a secret that is
   * not known @param now milliseconds, by a clock that nobody sets
   */
  async recordDenial(token: string | undefined, reason: string, attempt: AccessAttempt, now = performance.now()): Promise<void> {
    const { count: attempts } = this.#denials.add(JSON.stringify([token, reason, attempt.address]), now)
    if (!isPowerOfTen(attempts)) return
    const detail = { ...attempt, attempts }
    const entry = { action: 'request.denied', actor: token ?? 'unknown', subject: token, reason, detail }
    await insertAuditEntry(this.#db, entry).catch(() => undefined)
  }

  async #refresh(): Promise<void> {
    if (performance.now() - this.#loadedAt < freshMs) return
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    await this.#loading
  }

  /** While the database is away, the tokens known so far stay valid. */
  async #load(): Promise<void> {
    const tokens = await listTokens(this.#db).catch((error) => {
      if (this.#loadedAt === Number.NEGATIVE_INFINITY) throw error
    })
    if (!tokens) return
    this.#tokens = new Map(tokens.map(({ digest, ...token }) => [digest.toString('hex'), token]))
    this.#loadedAt = performance.now()
  }
}

const isPowerOfTen = (count: number) => /^10*$/.test(String(count))
