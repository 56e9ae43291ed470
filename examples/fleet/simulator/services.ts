import { Hono } from 'hono'
import { exponential } from '../runtime/random.ts'
import { behaviourOf } from '../world.ts'
import { type Behaviour, behave } from './behaviour.ts'
import { Library } from './library.ts'
import type { Direction, Market } from './market.ts'
import { Regime } from './regime.ts'
import { headlines, posts, themes } from './texts.ts'

const behaviours = {
  candles: { medianMs: 260, spread: 0.2, errors: 0.02 },
  headlines: { medianMs: 240, spread: 0.25, errors: 0.04 },
  assessments: { medianMs: 60, spread: 0.2 },
  quotes: { medianMs: 180, spread: 0.25, errors: 0.03 },
  orders: { medianMs: 220, spread: 0.2 },
  posts: { medianMs: 210, spread: 0.25, errors: 0.05 },
  narratives: { medianMs: 70, spread: 0.2 },
  desks: { medianMs: 190, spread: 0.25, errors: 0.04 },
  plans: { medianMs: 80, spread: 0.2 },
  notes: { medianMs: 60, spread: 0.2, errors: 0.01 },
  prices: { medianMs: 1, spread: 0.2 },
} satisfies Record<string, Behaviour>

const themeMs = 60_000
const budgetMs = 45_000
const halfSpread = 0.0003
export const desks = ['treasury', 'risk', 'compliance', 'research']

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!

/** The external services used by the other agents. */
export function serviceRoutes(market: Market): Hono {
  const themeOf = new Map(market.symbols.map((symbol) => [symbol, new Regime(themeMs, () => pick(themes))]))
  const budgetOf = new Map(desks.map((desk) => [desk, new Regime(budgetMs, () => Math.round(50 + exponential(50)))]))
  const library = new Library()
  const app = new Hono()

  app.use('/:service/*', async (c, next) => {
    const service = c.req.param('service')
    const behaviour = behaviours[service as keyof typeof behaviours]
    if (behaviour) await behave(behaviourOf(service, behaviour), c.req.raw.signal)
    await next()
  })

  app.get('/prices', (c) => {
    const symbols = (c.req.query('symbols') ?? '').split(',')
    return c.json(Object.fromEntries(symbols.map((symbol) => [symbol, market.price(symbol)])))
  })
  app.get('/watched', (c) => c.json({ symbol: market.watchedSymbol() }))

  app.get('/candles/:symbol', (c) => c.json(market.closes(c.req.param('symbol'), Number(c.req.query('count')))))
  app.get('/headlines/:symbol', (c) => c.json(headlines(market.trend(c.req.param('symbol')))))
  app.post('/assessments/:symbol', async (c) => {
    const { direction } = await c.req.json<{ direction: Direction }>()
    const symbol = c.req.param('symbol')
    return c.json({ right: direction === market.trend(symbol), price: market.price(symbol) })
  })

  app.get('/quotes/:venue/:symbol', (c) => {
    const price = market.price(c.req.param('symbol'))
    return c.json({ bid: price * (1 - halfSpread), ask: price * (1 + halfSpread) })
  })
  app.post('/orders/:symbol', async (c) => {
    const { side, limit } = await c.req.json<{ side: Direction; limit: number }>()
    const price = market.price(c.req.param('symbol')) * (1 + side * halfSpread)
    return c.json({ filled: side === 1 ? price <= limit : price >= limit, price })
  })

  app.get('/posts/:symbol', (c) => c.json(posts(themeOf.get(c.req.param('symbol'))?.now ?? themes[0]!)))
  app.post('/narratives/:symbol', async (c) => {
    const { theme } = await c.req.json<{ theme: string }>()
    return c.json({ resonates: theme === themeOf.get(c.req.param('symbol'))?.now })
  })

  app.get('/questions', (c) => c.json({ question: library.ask() }))
  app.post('/questions/grade', async (c) => {
    const { question, answer } = await c.req.json<{ question: string; answer: string }>()
    return c.json({ score: library.grade(question, answer) })
  })
  app.get('/notes/search', (c) => c.json(library.search(c.req.query('question') ?? '', Number(c.req.query('count')))))

  app.get('/desks/:desk', (c) => c.json({ budget: budgetOf.get(c.req.param('desk'))?.now ?? 0 }))
  app.post('/plans/latest', async (c) => {
    const { budgets } = await c.req.json<{ budgets: Record<string, number> }>()
    const outdated = desks.filter((desk) => budgets[desk] !== budgetOf.get(desk)?.now)
    return c.json({ accepted: outdated.length === 0, outdated })
  })
  return app
}
