import { OptimizerError } from '../model/errors.ts'

/** The code of a request that is refused because too many wait. */
export const tooManyRequestsCode = 'too-many-requests'

/** For the commands on one subject, which has few senders that send little. */
export const createCommandQueue = () => new FairQueue(2, 100)

/** What waits of one sender. */
interface Waiting {
  places: number
  work: { begin: (mayRun: boolean) => void; places: number }[]
}

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
  readonly #queues = new Map<string, Waiting>()

  /** @param maxWaiting how many places there are to wait in. @param maxOfOne how many of them one sender may take */
  constructor(atOnce: number, maxWaiting: number, maxOfOne = maxWaiting) {
    this.#atOnce = atOnce
    this.#maxWaiting = maxWaiting
    this.#maxOfOne = maxOfOne
  }

  /** As `run`. @throws OptimizerError `too-many-requests` if too many wait */
  async runOrRefuse<Result>(work: () => Promise<Result>, sender?: string, places?: number): Promise<Result> {
    const done = await this.run(async () => ({ result: await work() }), sender, places)
    if (done) return done.result
    const message = 'Too many requests from this sender are waiting; retry later, and send fewer at once.'
    throw new OptimizerError(tooManyRequestsCode, message, { retryable: true })
  }

  /**
   * Runs the work when it is its turn; undefined if too many wait.
   * @param sender whose work it is, where senders are distinguished
   * @param places that it takes while it waits: more than one if it is large
   */
  async run<Result>(work: () => Promise<Result>, sender = '', places = 1): Promise<Result | undefined> {
    if (this.#mayRun(sender)) this.#count(sender, 1)
    else if (!(await this.#waitFor(sender, places))) return undefined
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

  /** @returns whether the turn has come; false if too many wait. Work of any size may wait if there is no other of its sender. */
  async #waitFor(sender: string, places: number): Promise<boolean> {
    const own = this.#queues.get(sender) ?? { places: 0, work: [] }
    if (own.work.length > 0 && own.places + places > this.#maxOfOne) return false
    const crowding = this.#findCrowding(own.places + places, places)
    if (!crowding) return false
    for (const [most, longest] of crowding) this.#take(most, longest, longest.work.pop()!).begin(false)
    return await new Promise((begin) => {
      own.work.push({ begin, places })
      own.places += places
      this.#waiting += places
      this.#queues.set(sender, own)
    })
  }

  /**
   * The senders whose newest work makes room, once for each work; none if there is room, undefined if there is no way to make it.
   * @param own places that its sender takes with it
   */
  #findCrowding(own: number, places: number): [string, Waiting][] | undefined {
    const crowding: [string, Waiting][] = []
    const left = new Map<Waiting, { places: number; count: number }>()
    const leftOf = (waiting: Waiting) => left.get(waiting) ?? { places: waiting.places, count: waiting.work.length }
    for (let waiting = this.#waiting; waiting > 0 && waiting + places > this.#maxWaiting; ) {
      const longest = [...this.#queues].reduce((a, b) => (leftOf(b[1]).places > leftOf(a[1]).places ? b : a))
      const before = leftOf(longest[1])
      if (before.places <= own) return undefined
      const freed = longest[1].work[before.count - 1]!.places
      left.set(longest[1], { places: before.places - freed, count: before.count - 1 })
      waiting -= freed
      crowding.push(longest)
    }
    return crowding
  }

  #runNext(): void {
    for (const [sender, waiting] of this.#queues) {
      if (!this.#mayRun(sender)) continue
      const next = this.#take(sender, waiting, waiting.work.shift()!)
      // The next turn of this sender comes after those of all others.
      if (this.#queues.delete(sender)) this.#queues.set(sender, waiting)
      this.#count(sender, 1)
      next.begin(true)
      return
    }
  }

  /** Notes that work no longer waits. */
  #take(sender: string, waiting: Waiting, taken: Waiting['work'][number]): Waiting['work'][number] {
    waiting.places -= taken.places
    this.#waiting -= taken.places
    if (waiting.work.length === 0) this.#queues.delete(sender)
    return taken
  }
}
