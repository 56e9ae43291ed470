/**
 * Finds the event up to which the record is complete. Ids are given out when a transaction writes, but become visible when it commits, so an
 * id may appear after a greater one. A gap is waited for until every transaction has ended that may still fill it.
 */
export class EventSequence {
  #completeUpTo: number
  /** Ids up to here that are missing belong to transactions with lower numbers than this one. */
  #fence: { upTo: number; transaction: number } | undefined

  constructor(after: number) {
    this.#completeUpTo = after
  }

  /** No event up to this one is missing, and none can appear any more. */
  get completeUpTo(): number {
    return this.#completeUpTo
  }

  /**
   * Takes in the visible ids after `completeUpTo`, in order.
   * @param oldestOpenTransaction when they were read
   * @returns whether it waits at a gap for which no fence was set yet
   */
  advance(ids: readonly number[], oldestOpenTransaction: number): boolean {
    const isPassed = this.#fence !== undefined && oldestOpenTransaction >= this.#fence.transaction
    for (const id of ids) {
      const isGap = id > this.#completeUpTo + 1
      if (isGap && !(isPassed && id <= this.#fence!.upTo)) {
        if (isPassed) this.#fence = undefined
        return this.#fence === undefined
      }
      this.#completeUpTo = id
    }
    if (isPassed) this.#fence = undefined
    return false
  }

  /** @param transaction a number that was given out after the id `upTo` was seen */
  setFence(upTo: number, transaction: number): void {
    this.#fence = { upTo, transaction }
  }
}
