interface Timed {
  at: number
}

/**
 * For a trial compared with its own past: the change is compared with the newest stretch, at most `most` executions and at most half
 * of the history, because the older part shows how much the instance varies without a change.
 */
export function splitHistory<E extends Timed, N extends Timed>(past: { executions: E[]; negotiations: N[] }, most: number) {
  const split = Math.max(Math.ceil(past.executions.length / 2), past.executions.length - most)
  const from = past.executions[split]?.at ?? Number.POSITIVE_INFINITY
  return {
    older: { executions: past.executions.slice(0, split), negotiations: past.negotiations.filter(({ at }) => at < from) },
    newest: { executions: past.executions.slice(split), negotiations: past.negotiations.filter(({ at }) => at >= from) },
  }
}
