import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { OptimizerClient } from '../client/optimizer.ts'
import { manualProfileRequestSchema, performanceProfileSchema, profileReportSchema } from '../model/performance-profile.ts'
import { labelSchema } from '../model/text.ts'
import {
  exportPprof,
  exportSpeedscope,
  flameDifferenceSchema,
  flameSchema,
  readFlameDifference,
  readFlameGraph,
  readProfileReport,
  readProfiles,
} from '../reading/profiles.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import {
  createRouter,
  jsonBody,
  limitQuery,
  listResponses,
  noQuery,
  routeResponses,
  startedSchema,
  totalHeader,
} from './route.ts'

const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)
const profileParams = z.object({ id })

const profiles = createRoute({
  method: 'get',
  path: '/profiles',
  operationId: 'profiles',
  summary: 'The performance profiles, newest first',
  request: {
    query: limitQuery.extend({ target: labelSchema.optional().describe('Only profiles of this agent or other target') }),
  },
  responses: listResponses(performanceProfileSchema, 400, 503),
})
const takeProfile = createRoute({
  method: 'post',
  path: '/profiles',
  operationId: 'takeProfile',
  summary: 'Take a profile of an agent, the worker or workflows',
  request: { query: noQuery, body: jsonBody(manualProfileRequestSchema) },
  responses: routeResponses(startedSchema, 400, 404, 415, 503),
})

/** One profile in one form. */
const one = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery, params: profileParams },
    responses: routeResponses(answer, 400, 404, 503),
  })
const profile = one('/profiles/{id}', 'profile', 'One profile with its hotspots in words', profileReportSchema)
const flameGraph = one('/profiles/{id}/flame-graph', 'flameGraph', 'The flame graph of a profile, as nested data', flameSchema)
const speedscope = one(
  '/profiles/{id}/speedscope',
  'speedscope',
  'A profile as a file for speedscope',
  z.looseObject({ $schema: z.string() }),
)
const difference = createRoute({
  method: 'get',
  path: '/profiles/{id}/difference',
  operationId: 'flameDifference',
  summary: 'The difference flame graph of two profiles, as nested data',
  request: { query: z.strictObject({ before: id.describe('The profile to compare with') }), params: profileParams },
  responses: routeResponses(flameDifferenceSchema, 400, 404, 503),
})
const pprofContent = { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } }
const pprof = createRoute({
  method: 'get',
  path: '/profiles/{id}/pprof',
  operationId: 'pprof',
  summary: 'A profile as a file for go tool pprof',
  request: { query: noQuery, params: profileParams },
  responses: { ...routeResponses(z.string(), 400, 404, 503), 200: { description: 'The file', content: pprofContent } },
})

/** Performance profiles: take, read and export them. */
export function createProfileRoutes(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(profiles, async (c) => {
    const { items, total } = await readProfiles(optimizer, c.req.valid('query'))
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(takeProfile, async (c) => {
    const asked = c.req.valid('json')
    const { workflowId } = await callTemporal(optimizer, () =>
      optimizer.profile({ ...asked, by: identifyActor(c, asked.by), trigger: 'person' }),
    )
    return c.json({ workflowId }, 200)
  })
  router.openapi(profile, async (c) => c.json(await readProfileReport(optimizer, c.req.valid('param').id), 200))
  router.openapi(flameGraph, async (c) => c.json(await readFlameGraph(optimizer, c.req.valid('param').id), 200))
  router.openapi(difference, async (c) =>
    c.json(await readFlameDifference(optimizer, c.req.valid('param').id, c.req.valid('query').before), 200),
  )
  router.openapi(speedscope, async (c) => {
    const file = await exportSpeedscope(optimizer, c.req.valid('param').id)
    return c.json(file, 200, { 'content-disposition': `attachment; filename="${c.req.valid('param').id}.speedscope.json"` })
  })
  router.openapi(pprof, async (c) => {
    const file = await exportPprof(optimizer, c.req.valid('param').id)
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${c.req.valid('param').id}.pb.gz"`,
    }
    return c.body(file, 200, headers)
  })
  return router
}
