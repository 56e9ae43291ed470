import { setTimeout as delay } from 'node:timers/promises'
import { HTTPException } from 'hono/http-exception'
import { chance, lognormal } from '../runtime/random.ts'

/** How a service of the outside world answers. Times in milliseconds. */
export interface Behaviour {
  medianMs: number
  /** Standard deviation of the logarithm of the time. */
  spread: number
  /** How often it answers 503. */
  errors?: number
  /** How often it does not answer at all. */
  hangs?: number
}

const hangMs = 30_000

/**
 * Takes the time the service takes.
 * @throws HTTPException 503 where the service fails, 408 where nobody waits any more.
 */
export async function behave(behaviour: Behaviour, abandoned: AbortSignal): Promise<void> {
  const { medianMs, spread, errors = 0, hangs = 0 } = behaviour
  const ms = chance(hangs) ? hangMs : lognormal(medianMs, spread)
  const fails = chance(errors)
  await delay(fails ? ms / 2 : ms, undefined, { signal: abandoned }).catch(() => {
    throw new HTTPException(408, { message: 'nobody waits for the answer' })
  })
  if (fails) throw new HTTPException(503, { message: 'the service is overloaded' })
}
