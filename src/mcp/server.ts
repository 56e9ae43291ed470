import { type CallToolResult, fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { type TokenRole, tokenRoleSchema } from '../model/access.ts'
import { OptimizerError } from '../model/errors.ts'
import { toCleanText } from '../model/text.ts'
import { describeFailedRequest } from './failed-request.ts'
import { type ApiDocument, buildRequest, listTools, type Tool } from './tools.ts'

/** A longer answer would fill the context of a language model. */
const maxCharacters = 100_000
const answerWithinMs = 30_000
const clientInfo = 'io.modelcontextprotocol/clientInfo'

const instructions = `The performance optimizer tunes settings (knobs) of running software agents by controlled trials, and rolls back what is not proven.
Start with summary; fleet shows every agent on one line; explanation says in sentences why something was or was not done.
Commands change running systems: issue one only if the person you work for asks for it, and pass on their reason.`

/** A connection to the API. */
export interface ApiAccess {
  /** Such as `http://127.0.0.1:8080`. */
  url: string
  token?: string
  /** The person who uses the MCP client, for the record. */
  user: string
}

/**
 * An MCP server with the operations of a running optimizer that its token allows.
 * @throws OptimizerError `unreachable` if the API does not answer; the API's own error if it refuses the token
 */
export async function createMcpServer(access: ApiAccess): Promise<McpServer> {
  const [document, { role }] = await Promise.all([
    getJson<ApiDocument>(access, '/openapi.json'),
    getJson<{ role: TokenRole }>(access, '/api/access'),
  ])
  const server = new McpServer({ name: 'performance-optimizer', version: document.info.version }, { instructions })
  for (const tool of listTools(document, tokenRoleSchema.parse(role))) addTool(server, access, tool)
  return server
}

/** The API validates the arguments and describes problems in a sentence. */
const unchecked = {
  getValidator: () => (input: unknown) => ({ valid: true as const, data: input as never, errorMessage: undefined }),
}

function addTool(server: McpServer, access: ApiAccess, tool: Tool): void {
  const { name, description, inputSchema, method } = tool
  const annotations = { readOnlyHint: method === 'GET', openWorldHint: false }
  const schema = fromJsonSchema<Record<string, unknown>>(inputSchema as never, unchecked)
  server.registerTool(name, { description, inputSchema: schema, annotations }, async (given, { mcpReq }) => {
    const envelope = mcpReq.envelope as Record<string, { name?: string } | undefined> | undefined
    const client = envelope?.[clientInfo]?.name ?? server.server.getClientVersion()?.name ?? 'an MCP client'
    return await call(access, tool, given, toCleanText(`${access.user} with ${client}`.replace(/\s+/g, ' '), 150))
  })
}

async function call(access: ApiAccess, tool: Tool, given: Record<string, unknown>, by: string): Promise<CallToolResult> {
  try {
    const { path, body } = buildRequest(tool, given, by)
    const response = await send(access, tool.method, path, body)
    const text = await response.text()
    if (!response.ok) return failed(describeRefusal(text, response.status))
    if (text.length > maxCharacters)
      return failed(
        `The response is ${text.length.toLocaleString('en')} characters long; request less by setting limit or asking for one agent.`,
      )
    return { content: [{ type: 'text', text }] }
  } catch (error) {
    return failed((error as Error).message)
  }
}

const failed = (text: string): CallToolResult => ({ isError: true, content: [{ type: 'text', text }] })

async function getJson<Answer>(access: ApiAccess, path: string): Promise<Answer> {
  const response = await send(access, 'GET', path)
  if (response.ok) return (await response.json()) as Answer
  throw new OptimizerError('refused', describeRefusal(await response.text(), response.status))
}

async function send({ url, token }: ApiAccess, method: string, path: string, body?: string): Promise<Response> {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  try {
    return await fetch(new URL(path, url), { method, headers, body, signal: AbortSignal.timeout(answerWithinMs) })
  } catch (cause) {
    throw new OptimizerError('unreachable', describeFailedRequest({ url, method, cause }), { cause })
  }
}

function describeRefusal(text: string, status: number): string {
  try {
    const { code, message } = (JSON.parse(text) as { error: { code: string; message: string } }).error
    return `${code}: ${message}`
  } catch {
    return `The API responded with ${status}.`
  }
}
