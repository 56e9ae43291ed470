import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { findApiUrl } from '../client/find-api.ts'
import { loadConfig } from '../config/load-config.ts'
import { createMcpServer } from '../mcp/server.ts'
import { getCurrentUser } from './current-user.ts'

/** Serves MCP on standard input and output, until the input ends. */
export async function serveMcp({ url = findApiUrl(loadConfig()) }: { url?: string }): Promise<void> {
  const access = { url, token: process.env.OPTIMIZER_API_TOKEN, user: getCurrentUser() }
  // Before the client asks, so that it sees at once why the server does not start.
  await createMcpServer(access)
  serveStdio(() => createMcpServer(access))
}
