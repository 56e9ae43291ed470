/**
 * The page on which a person decides on a trial by a signed link, as Slack shows it. Opening it decides nothing, because programs open links
 * too, to show a preview of them.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { html } from 'hono/html'
import type { OptimizerClient } from '../client/optimizer.ts'
import { verifyApprovalLink } from '../messaging/approval-link.ts'
import { errorResponseSchema } from '../messaging/protocol.ts'
import { describeApproval } from '../model/approval.ts'
import { OptimizerError } from '../model/errors.ts'
import { addFullStop, formatChanges, formatTimestamp, toSentence } from '../model/format.ts'
import { acceptWhyAsReason, labelSchema, textSchema } from '../model/text.ts'
import { readApproval } from '../reading/approvals.ts'
import { callTemporal } from './call-temporal.ts'
import { readBody } from './limit-body.ts'
import { createRouter, idParams } from './route.ts'

const maxBytes = 16_384

const linkQuery = z.object({
  until: z.coerce.number().int().positive(),
  signature: z.string().max(200),
  decision: z.enum(['approve', 'decline']).optional(),
})
const formSchema = acceptWhyAsReason(
  z.object({
    decision: z.enum(['approve', 'decline']),
    by: z.string().trim().pipe(labelSchema.max(100)),
    reason: textSchema.default(''),
  }),
)

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } })
const failure = { 'application/json': { schema: errorResponseSchema } }
const forbidden = page('The link is invalid or has expired, or a page on another site submitted the form')
const answers = {
  200: page('The page'),
  400: page('The form is incomplete'),
  403: { ...forbidden, content: { ...forbidden.content, ...failure } },
  404: page('There is no such request, or approval links are not enabled'),
  409: page('There is nothing left to decide'),
  421: { description: 'Use another name of this server, or add this one to OPTIMIZER_API_ALLOWED_HOSTS', content: failure },
  500: { description: 'Internal error; do not send the request again', content: failure },
  503: page('Temporal is not responding; submit the form again'),
}
const request = { params: idParams, query: linkQuery }
const show = createRoute({
  method: 'get',
  path: '/approve/{id}',
  operationId: 'showApproval',
  summary: 'A page on which a person approves or declines a trial, reached by a signed link; opening it decides nothing',
  request,
  responses: answers,
})
const decide = createRoute({
  method: 'post',
  path: '/approve/{id}',
  operationId: 'decideByLink',
  summary: "The person's decision, as submitted by that page",
  request: {
    ...request,
    body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: formSchema } } },
  },
  responses: answers,
})

/** The page and its form. They need no token: the link is one, for a single trial. */
export function createApprovalPageRoutes(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.use('/approve/*', async (c, next) => {
    await next()
    // Otherwise the browser would not say that the form comes from this page.
    c.res.headers.set('referrer-policy', 'same-origin')
    c.res.headers.set('cache-control', 'no-store')
  })
  router.openAPIRegistry.registerPath(show)
  router.openAPIRegistry.registerPath(decide)
  router.get('/approve/:id', async (c) => {
    const link = await findLink(optimizer, c)
    return 'refusal' in link ? link.refusal : c.html(await renderRequest(optimizer, link))
  })
  router.post('/approve/:id', async (c) => {
    const link = await findLink(optimizer, c)
    if ('refusal' in link) return link.refusal
    const body = await readBody(c.req.raw.body, maxBytes)
    const form = formSchema.safeParse(body && Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body))))
    if (!form.success) return c.html(await renderRequest(optimizer, link, 'Enter your name, and choose Approve or Decline.'), 400)
    const { decision, by, reason } = form.data
    const approve = decision === 'approve'
    try {
      const outcome = await callTemporal(optimizer, () =>
        optimizer.decide(link.trialId, { approve, by: `${by} (via link)`, reason }),
      )
      const state = { state: outcome.approve ? 'approved' : 'declined', decidedBy: outcome.by, reason: outcome.reason } as const
      return c.html(renderPage('Decided', html`<p>${addFullStop(`${link.trialId} ${describeApproval(state)}`)}</p>`))
    } catch (error) {
      return refuse(c, error)
    }
  })
  return router
}

type Answer = Response | Promise<Response>

interface Link {
  trialId: string
  decision: 'approve' | 'decline' | undefined
}

/** The link of a request, checked; or the answer that refuses it. */
async function findLink({ config, db }: OptimizerClient, c: Context): Promise<Link | { refusal: Answer }> {
  const { slack } = config.approval
  const sayNo = (status: 403 | 404, text: string) => ({
    refusal: c.html(renderPage('This request cannot be decided here', html`<p>${text}</p>`), status),
  })
  if (!slack) return sayNo(404, 'Approval links are not enabled; use npx optimizer approve or decline on the command line.')
  const query = linkQuery.safeParse(c.req.query())
  const trialId = c.req.param('id') ?? ''
  const checked = query.success ? verifyApprovalLink(slack.secret, { trialId, ...query.data }) : 'forged'
  if (checked === 'forged')
    return sayNo(403, 'This link is incomplete, or was not created by this optimizer; open it again from the message.')
  if (checked === 'expired') return sayNo(403, 'This link has expired; npx optimizer status lists the open requests.')
  try {
    await readApproval({ db }, trialId)
  } catch (error) {
    return { refusal: refuse(c, error) }
  }
  return { trialId, decision: query.data?.decision }
}

/** @throws what is not an answer for a person */
function refuse(c: Context, error: unknown): Answer {
  if (!(error instanceof OptimizerError)) throw error
  const status = error.code === 'unavailable' ? 503 : error.code === 'unknown-trial' ? 404 : 409
  return c.html(renderPage('This request cannot be decided here', html`<p>${error.message}</p>`), status)
}

async function renderRequest({ db }: OptimizerClient, { trialId, decision }: Link, problem?: string) {
  const approval = await readApproval({ db }, trialId)
  const { agentId, strategy, until, state } = approval
  const { actions, why, rollbackPlan, asks } = strategy
  const facts = html`<dl>
<dt>Agent</dt><dd>${agentId}</dd>
<dt>Change</dt><dd>${formatChanges(actions)}</dd>
${why ? html`<dt>Reason</dt><dd>${why}</dd>` : ''}
${asks ? html`<dt>Risk</dt><dd>${asks.risk}; autonomy for this kind of agent ${asks.autonomy.toFixed(2)}</dd>` : ''}
<dt>If it does not help</dt><dd>${rollbackPlan}</dd>
<dt>Trial</dt><dd><code>${trialId}</code></dd>
</dl>`
  if (state !== 'open')
    return renderPage('Already decided', html`${facts}<p>${toSentence(`it ${describeApproval(approval)}`)}</p>`)
  const approve = html`<button name="decision" value="approve">Approve</button>`
  const decline = html`<button name="decision" value="decline">Decline</button>`
  // Enter in a field presses the first button of a form.
  const buttons = decision === 'approve' ? [approve, decline] : [decline, approve]
  return renderPage(
    'Approve this trial?',
    html`${facts}
${problem ? html`<p role="alert"><strong>${problem}</strong></p>` : ''}
<form method="post">
<p><label>Your name <input name="by" required maxlength="100" autocomplete="name"></label></p>
<p><label>Reason (optional) <input name="reason" maxlength="500"></label></p>
<p>${buttons[0]} ${buttons[1]}</p>
</form>
<p>If nobody approves it by ${formatTimestamp(until)}, it is not carried out.</p>`,
  )
}

/** Without styles, which the security policy does not allow within a page. */
const renderPage = (title: string, content: ReturnType<typeof html>) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title></head>
<body><main><h1>${title}</h1>
${content}
</main></body></html>`
