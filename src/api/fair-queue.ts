import { OptimizerError } from '../model/errors.ts'

/** The code of a request that is refused because too many wait. */
export const tooManyRequests = 'too-many-requests'

/** For the commands on one subject, which has few senders that send little. */
export const createCommandQueue = () => new FairQueue(2, 100)

/**
 * Lets a number of requests run at once and a number wait; the rest are refused, so that memory stays bounded. Senders take turns: one that
 * sends too much is refused itself, and others are not. While the work of one sender waits for a lock, one place is left for the others.
 */
export class FairQueue {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #maxOfOne: number
  #running = 0
  /** How much of it is of each sender. */
  readonly #runningOf = new Map<string, number>()
  #waiting = 0
  /** The waiting work of each sender, in the order of their turns. */
  readonly #queues = new Map<string, ((mayRun: boolean) => void)[]>()

  /** @param maxOfOne how many of one sender may wait */
  constructor(atOnce: number, maxWaiting: number, maxOfOne = maxWaiting) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
    this.#maxOfOne = maxOfOne
  }

  /** As `run`. @throws OptimizerError `too-many-requests` if too many wait */
  async runOrRefuse<Result>(work: () => Promise<Result>, sender?: string): Promise<Result> {
    const done = await this.run(async () => ({ result: await work() }), sender)
    if (done) return done.result
    const message = 'Too many requests from this sender are waiting; retry later, with fewer at once.'
    throw new OptimizerError(tooManyRequests, message, { retryable: true })
  }

  /**
   * Runs the work when it is its turn; undefined if too many wait.
   * @param sender whose work it is, where senders are distinguished
   */
  async run<Result>(work: () => Promise<Result>, sender = ''): Promise<Result | undefined> {
    if (this.#mayRun(sender)) this.#count(sender, 1)
    else if (!(await this.#waitFor(sender))) return undefined
    try {
      return await work()
    } finally {
      this.#count(sender, -1)
      this.#runNext()
    }
  }

  #mayRun(sender: string): boolean {
    const most = sender === '' ? this.#atOnce : Math.max(1, this.#atOnce - 1)
    return this.#running < this.#atOnce && (this.#runningOf.get(sender) ?? 0) < most
  }

  #count(sender: string, change: 1 | -1): void {
    this.#running += change
    const running = (this.#runningOf.get(sender) ?? 0) + change
    if (running > 0) this.#runningOf.set(sender, running)
    else this.#runningOf.delete(sender)
  }

  /** @returns whether the turn has come; false if too many wait */
  async #waitFor(sender: string): Promise<boolean> {
    const own = this.#queues.get(sender) ?? []
    if (own.length >= this.#maxOfOne) return false
    if (this.#waiting >= this.#maxWaiting) {
      const [longest = own] = [...this.#queues.values()].sort((a, b) => b.length - a.length)
      if (longest.length <= own.length + 1) return false
      longest.pop()!(false)
      this.#waiting--
    }
    this.#queues.set(sender, own)
    this.#waiting++
    return await new Promise((resolve) => own.push(resolve))
  }

  #runNext(): void {
    for (const [sender, queue] of this.#queues) {
      if (!this.#mayRun(sender)) continue
      const next = queue.shift()!
      this.#waiting--
      this.#queues.delete(sender)
      if (queue.length > 0) this.#queues.set(sender, queue)
      this.#count(sender, 1)
      next(true)
      return
    }
  }
}
