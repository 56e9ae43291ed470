import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { chance } from '../runtime/random.ts'
import { behaviourOf } from '../world.ts'
import { type Behaviour, behave } from './behaviour.ts'
import { type Direction, type Market, opposite } from './market.ts'
import { RateLimit } from './rate-limit.ts'
import { SessionLimit } from './session-limit.ts'

interface Source extends Behaviour {
  /** A source about the whole market gives the same answer for every symbol. */
  about: 'symbol' | 'market'
  /** Probability that it reports the right direction. */
  accuracy: number
}

const sources: Record<string, Source> = {
  'chain-scan': { about: 'symbol', accuracy: 0.62, medianMs: 500, spread: 0.35, errors: 0.06, hangs: 0.006 },
  'fear-greed': { about: 'market', accuracy: 0.75, medianMs: 430, spread: 0.3, errors: 0.02 },
  'news-wire': { about: 'symbol', accuracy: 0.76, medianMs: 300, spread: 0.35, errors: 0.06, hangs: 0.003 },
  'macro-calendar': { about: 'market', accuracy: 0.75, medianMs: 420, spread: 0.3, errors: 0.02 },
  'order-flow': { about: 'symbol', accuracy: 0.9, medianMs: 120, spread: 0.35, errors: 0.38, hangs: 0.003 },
  'social-stream': { about: 'symbol', accuracy: 0.6, medianMs: 235, spread: 0.4, errors: 0.12, hangs: 0.003 },
  'forum-archive': { about: 'symbol', accuracy: 0.5, medianMs: 465, spread: 0.35, errors: 0.08, hangs: 0.01 },
  'blog-index': { about: 'symbol', accuracy: 0.5, medianMs: 480, spread: 0.35, errors: 0.06, hangs: 0.01 },
}

/** A source's statement about a symbol, and the reliability it claims. */
export interface Reading {
  source: string
  direction: Direction
  reliability: number
}

const clientLimit = { requestsPerSecond: 300, burst: 100 }
const sessionLimit = { atOnce: 5, lockOutMs: 1_000 }
/** Reliability of a statement about the whole market when applied to one symbol. */
const reliabilityForSymbol = 0.56

/** The market-data gateway: `GET /:source?symbol=`; 429 for clients that send requests too often, and for sessions that send too many at once. */
export function sourceRoutes(market: Market): Hono {
  const clients = new RateLimit(clientLimit.requestsPerSecond, clientLimit.burst)
  const sessions = new SessionLimit(sessionLimit.atOnce, sessionLimit.lockOutMs)
  const refused = () => new HTTPException(429, { message: 'too many requests' })
  return new Hono().get('/:source', async (c) => {
    const name = c.req.param('source')
    const source = sources[name]
    if (!source) throw new HTTPException(404, { message: `there is no source ${name}` })
    if (!clients.allows(c.req.header('x-client') ?? '')) throw refused()
    const session = c.req.header('x-session') ?? ''
    try {
      if (!sessions.enter(session)) throw refused()
      await behave(behaviourOf(name, source), c.req.raw.signal)
      if (sessions.isLockedOut(session)) throw refused()
    } finally {
      sessions.leave(session)
    }
    return c.json(read(name, source, market, c.req.query('symbol') ?? ''))
  })
}

function read(name: string, source: Source, market: Market, symbol: string): Reading {
  const truth = source.about === 'market' ? market.mood.now : market.trend(symbol)
  return {
    source: name,
    direction: chance(source.accuracy) ? truth : opposite(truth),
    reliability: source.about === 'market' ? reliabilityForSymbol : source.accuracy,
  }
}
