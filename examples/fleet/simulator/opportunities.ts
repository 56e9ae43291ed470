import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { lognormal } from '../runtime/random.ts'
import type { Direction, Market } from './market.ts'

/** Something that can be traded on until others notice it too. */
export interface Opportunity {
  id: string
  symbol: string
}
export interface Graded {
  outcome: 'right' | 'wrong' | 'too-late'
  price: number
}

const lifetime = { medianMs: 6_300, spread: 0.7 }
const forgottenMs = 120_000

/** `POST /` finds an opportunity; `POST /:id/signal` predicts its price direction and returns the outcome. */
export function opportunityRoutes(market: Market): Hono {
  const open = new Map<string, { symbol: string; closesAt: number }>()
  return new Hono()
    .post('/', (c) => {
      const opportunity: Opportunity = { id: randomUUID(), symbol: market.busySymbol() }
      open.set(opportunity.id, {
        symbol: opportunity.symbol,
        closesAt: Date.now() + lognormal(lifetime.medianMs, lifetime.spread),
      })
      setTimeout(() => open.delete(opportunity.id), forgottenMs).unref()
      return c.json(opportunity)
    })
    .post('/:id/signal', async (c) => {
      const { direction } = await c.req.json<{ direction: Direction }>()
      const opportunity = open.get(c.req.param('id'))
      if (!opportunity) throw new HTTPException(404, { message: 'there is no such opportunity' })
      open.delete(c.req.param('id'))
      const outcome =
        Date.now() > opportunity.closesAt ? 'too-late' : direction === market.trend(opportunity.symbol) ? 'right' : 'wrong'
      return c.json<Graded>({ outcome, price: market.price(opportunity.symbol) })
    })
}
