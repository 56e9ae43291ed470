import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { OptimizerError } from '../model/errors.ts'
import { reportFormats } from '../model/report-schedule.ts'
import { savingsSchema } from '../model/saving.ts'
import { labelSchema, textSchema } from '../model/text.ts'
import { createCachedReader } from '../reading/cached-reader.ts'
import type { ReadContext } from '../reading/context.ts'
import { periodReportSchema } from '../reading/period-report-schema.ts'
import { readRequestedReport } from '../reading/requested-report.ts'
import { readSavings } from '../reading/results.ts'
import { formatReportFile } from '../reports/formats.ts'
import { identifySender } from './access/guard.ts'
import { FairQueue } from './fair-queue.ts'
import { createRouter, noQuery, routeResponses } from './route.ts'

const query = z.strictObject({
  since: textSchema
    .optional()
    .describe('Start of the period: a duration ago, such as 24h or 7d, or a date and time; 7d by default'),
  until: textSchema.optional().describe('End of the period, in the same format; now by default'),
  cycle: labelSchema.optional().describe('The id of a cycle, or latest; instead of a period'),
  agent: labelSchema.optional().describe('Only this agent'),
  format: z.enum(reportFormats).default('json'),
})

const failing = routeResponses(periodReportSchema, 400, 404, 503)
const text = { schema: z.string() }
const report = createRoute({
  method: 'get',
  path: '/report',
  operationId: 'periodReport',
  summary:
    'The report of a period or a cycle, for all agents or one: impact, gains and costs, bottlenecks, recommendations, calibration',
  request: { query },
  responses: {
    ...failing,
    200: { description: 'Done', content: { ...failing[200].content, 'text/markdown': text, 'text/html': text } },
  },
})

const savings = createRoute({
  method: 'get',
  path: '/savings',
  operationId: 'savings',
  summary: 'The money saved per day by proven changes, at the rate at which their agents currently run',
  request: { query: noQuery },
  responses: routeResponses(
    savingsSchema.extend({ sentences: z.array(z.string()).describe('The totals in words, one sentence per currency') }),
    400,
    503,
  ),
})

/** Reports that wait for the one that is made. */
const maxWaiting = 10

/** A report brings its own styles, and nothing else. */
const headers = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox" }
const headersOf = {
  markdown: { 'Content-Type': 'text/markdown; charset=utf-8', 'content-disposition': 'inline; filename="report.md"' },
  html: { 'Content-Type': 'text/html; charset=utf-8', 'content-disposition': 'inline; filename="report.html"' },
}

/** Reports of a period or a cycle, and the savings from changes. */
export function createReportRoute(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  // The API serves agents, too.
  const queue = new FairQueue(1, maxWaiting)
  const readRecentSavings = createCachedReader(() => readSavings(context))
  router.openapi(report, async (c) => {
    const { format, ...request } = c.req.valid('query')
    const { signal } = c.req.raw
    const content = await queue.runOrRefuse(async () => {
      if (signal.aborted)
        throw new OptimizerError('request-ended', 'The sender no longer waits for the report.', { retryable: true })
      return await readRequestedReport(context, request)
    }, identifySender(c))
    if (format === 'json') return c.json(content, 200)
    return c.text(formatReportFile(content, format), 200, { ...headers, ...headersOf[format] })
  })
  router.openapi(savings, async (c) => c.json(await readRecentSavings(), 200))
  return router
}
