/** The outside world of the fleet: a market, sources about it and external services. */
import { Hono } from 'hono'
import { onStop, serveChild } from '../runtime/child.ts'
import { Market } from './market.ts'
import { opportunityRoutes } from './opportunities.ts'
import { serviceRoutes } from './services.ts'
import { sourceRoutes } from './sources.ts'

const market = new Market()
const app = new Hono()
app.route('/sources', sourceRoutes(market))
app.route('/opportunities', opportunityRoutes(market))
app.route('/', serviceRoutes(market))

onStop(async () => undefined)
const { ready } = await serveChild(app)
ready()
