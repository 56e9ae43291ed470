import { z } from 'zod'
import { errorResponseSchema } from '../messaging/protocol.ts'
import { requestNames, requestSchemas } from '../messaging/requests.ts'
import { approvalDecisionSchema, approvalOutcomeSchema } from '../model/approval.ts'
import { agentRestoreSchema, commandRequestSchema, cycleInputSchema, keepRequestSchema } from '../model/commands.ts'
import { policySchema } from '../model/policy.ts'

/** The agent protocol over HTTP, and what people steer with, as an OpenAPI 3.1 document, from the schemas they are checked with. */
export function buildOpenApiDocument(): object {
  const posted = requestNames
    .filter((name) => name !== 'configuration')
    .map((name) => {
      const { request, answer } = requestSchemas[name]
      return [`/agents/${name}`, post(name, request, answer)]
    })
  const configuration = {
    operationId: 'configuration',
    parameters: inPath(['agentId', 'instanceId']),
    responses: responses(requestSchemas.configuration.answer),
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Performance optimizer', version: '1' },
    paths: {
      ...Object.fromEntries(posted),
      '/agents/{agentId}/instances/{instanceId}/configuration': { get: configuration },
      '/api/commands': post('command', commandRequestSchema, policySchema),
      '/api/trials/{id}/approval': post('decide', approvalDecisionSchema, approvalOutcomeSchema, ['id']),
      '/api/trials/{id}/keep': post('keep', keepRequestSchema.omit({ trialId: true }), started, ['id']),
      '/api/cycles': post('startCycle', cycleInputSchema, started),
      '/api/restores': post('restore', agentRestoreSchema, started),
    },
  }
}

const started = z.object({ workflowId: z.string() })

function post(operationId: string, request: z.ZodType, answer: z.ZodType, path: string[] = []): object {
  const requestBody = { required: true, content: json(request, 'input') }
  return { post: { operationId, parameters: inPath(path), requestBody, responses: responses(answer) } }
}

const inPath = (names: string[]) => names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))

function responses(answer: z.ZodType): object {
  const failure = (description: string) => ({ description, content: json(errorResponseSchema, 'output') })
  return {
    200: { description: 'Done', content: json(answer, 'output') },
    400: failure('Correct the request'),
    404: failure('What it names does not exist; an agent has to announce itself first'),
    415: failure('Send it as application/json'),
    503: failure('Send the same request again'),
  }
}

function json(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io })
  return { 'application/json': { schema: rest } }
}
