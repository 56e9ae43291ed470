import { OptimizerError } from '../model/errors.ts'

/** The code of a request that is refused because too many wait. */
export const tooManyRequests = 'too-many-requests'

/** For the commands on one subject, which has few senders that send little. */
export const createCommandQueue = () => new FairQueue(2, 100)

/**
 * Lets a number of requests run at once and a number wait; the rest are refused, so that memory stays bounded. Senders take turns: one that
 * sends too much is refused itself, and others are not.
 */
export class FairQueue {
  readonly #atOnce: number
  readonly #maxWaiting: number
  readonly #maxOfOne: number
  #running = 0
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
    if (this.#running >= this.#atOnce) {
      if (!(await this.#waitFor(sender))) return undefined
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#takeNext()
      if (next) next(true)
      else this.#running--
    }
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

  #takeNext(): ((mayRun: boolean) => void) | undefined {
    const [first] = this.#queues
    if (!first) return undefined
    const [sender, queue] = first
    const next = queue.shift()
    this.#waiting--
    this.#queues.delete(sender)
    if (queue.length > 0) this.#queues.set(sender, queue)
    return next
  }
}
