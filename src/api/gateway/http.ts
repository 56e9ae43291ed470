import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { RequestName } from '../../messaging/requests.ts'
import type { AgentGateway } from './gateway.ts'

const largestBody = 4 * 1024 * 1024
const posted = ['announce', 'heartbeat', 'acknowledge', 'report'] as const

/** The agent protocol over HTTP, for agents without NATS. */
export function createAgentRoutes(gateway: AgentGateway): Hono {
  const answer = async (context: Context, name: RequestName, text: string) => {
    const { status, body } = await gateway.handle(name, text)
    return context.json(body, status)
  }
  const limit = bodyLimit({
    maxSize: largestBody,
    onError: (context) =>
      context.json(
        { error: { code: 'invalid-request', message: `A request has at most ${largestBody} bytes; send less at once.` } },
        400,
      ),
  })
  const routes = new Hono()
  for (const name of posted) routes.post(`/${name}`, limit, async (context) => answer(context, name, await context.req.text()))
  routes.get('/:agentId/instances/:instanceId/configuration', (context) =>
    answer(context, 'configuration', JSON.stringify(context.req.param())),
  )
  return routes
}
