const forgottenMs = 60_000

/** How many requests one session may have under way. Who asks more at once is shut out for a while, as exchanges do. */
export class SessionLimit {
  readonly #most: number
  readonly #shutOutMs: number
  readonly #sessions = new Map<string, { underWay: number; shutOutUntil: number }>()

  constructor(most: number, shutOutMs: number) {
    this.#most = most
    this.#shutOutMs = shutOutMs
  }

  /** Counts a request in. False where it is one too many, or the session is shut out. */
  enter(id: string): boolean {
    const session = this.#session(id)
    session.underWay++
    if (session.underWay > this.#most) session.shutOutUntil = Date.now() + this.#shutOutMs
    return !this.isShutOut(id)
  }

  /** Whether what this session still waits for is withheld. */
  isShutOut(id: string): boolean {
    return Date.now() < this.#session(id).shutOutUntil
  }

  leave(id: string): void {
    this.#session(id).underWay--
  }

  #session(id: string) {
    const session = this.#sessions.get(id) ?? { underWay: 0, shutOutUntil: 0 }
    if (!this.#sessions.has(id)) {
      this.#sessions.set(id, session)
      setTimeout(() => this.#sessions.delete(id), forgottenMs).unref()
    }
    return session
  }
}
