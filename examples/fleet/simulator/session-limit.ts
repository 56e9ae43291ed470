const forgottenMs = 60_000

/** Limits the concurrent requests of a session. A session that exceeds the limit is locked out for a while, as exchanges do. */
export class SessionLimit {
  readonly #most: number
  readonly #lockOutMs: number
  readonly #sessions = new Map<string, { underWay: number; lockedOutUntil: number }>()

  constructor(most: number, lockOutMs: number) {
    this.#most = most
    this.#lockOutMs = lockOutMs
  }

  /** Registers a request. False if it is one too many or the session is locked out. */
  enter(id: string): boolean {
    const session = this.#session(id)
    session.underWay++
    if (session.underWay > this.#most) session.lockedOutUntil = Date.now() + this.#lockOutMs
    return !this.isLockedOut(id)
  }

  /** Whether the session is locked out, so that answers to its pending requests are withheld. */
  isLockedOut(id: string): boolean {
    return Date.now() < this.#session(id).lockedOutUntil
  }

  leave(id: string): void {
    this.#session(id).underWay--
  }

  #session(id: string) {
    const session = this.#sessions.get(id) ?? { underWay: 0, lockedOutUntil: 0 }
    if (!this.#sessions.has(id)) {
      this.#sessions.set(id, session)
      setTimeout(() => this.#sessions.delete(id), forgottenMs).unref()
    }
    return session
  }
}
