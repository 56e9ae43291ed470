import { setTimeout as delay } from 'node:timers/promises'
import { HTTPException } from 'hono/http-exception'
import { chance, lognormal } from '../runtime/random.ts'

/** How a service of the outside world answers. Times in milliseconds. */
export interface Behaviour {
  medianMs: number
  /** Standard deviation of the logarithm of the time. */
  spread: number
  /** Probability of a 503. */
  errors?: number
  /** Probability of no answer at all. */
  hangs?: number
}

const hangMs = 30_000

/**
 * Waits for as long as the service takes.
 * @throws HTTPException 503 if the service fails, 408 if the client is gone.
 */
export async function behave(behaviour: Behaviour, abandoned: AbortSignal): Promise<void> {
  const { medianMs, spread, errors = 0, hangs = 0 } = behaviour
  const ms = chance(hangs) ? hangMs : lognormal(medianMs, spread)
  const fails = chance(errors)
  await delay(fails ? ms / 2 : ms, undefined, { signal: abandoned }).catch(() => {
    throw new HTTPException(408, { message: 'the client is gone' })
  })
  if (fails) throw new HTTPException(503, { message: 'the service is overloaded' })
}
