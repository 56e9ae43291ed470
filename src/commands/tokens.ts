import { createToken, readTokens, revokeApiToken } from '../client/tokens.ts'
import { withDatabase } from '../client/with-database.ts'
import { allAgents } from '../model/access.ts'
import { parseDateTime } from '../model/date-time.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Role } from '../model/role.ts'
import { formatTokens } from '../terminal/format-tokens.ts'
import { print } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'

const dayMs = 86_400_000

export async function showTokens({ all, json }: { all?: boolean; json?: boolean }): Promise<void> {
  await withDatabase(async (client) => print(await readTokens(client, { all }), formatTokens, json))
}

interface CreateOptions {
  role?: Role
  agent?: string[]
  allAgents?: boolean
  expires?: string
  unlessAny?: boolean
}

export async function runCreateToken(
  name: string,
  { role, agent: named = [], allAgents: coversAll = false, expires, unlessAny }: CreateOptions,
): Promise<void> {
  const agents = coversAll ? [allAgents] : named
  if ([role !== undefined, named.length > 0, coversAll].filter(Boolean).length !== 1)
    throw new OptimizerError(
      'invalid-input',
      'Specify one purpose of the token: --role viewer, operator or admin, --agent <agent>, or --all-agents.',
    )
  await withDatabase(async (client) => {
    if (unlessAny && (await readTokens(client)).length > 0) return console.log('A token already exists; none was created.')
    const expiresAt = expires === undefined ? null : parseExpiry(expires).toISOString()
    const { secret } = await createToken(client, { name, role: role ?? 'agent', agents, expiresAt, by: getCurrentUser() })
    console.log(secret)
    console.error('The token is shown only this once. Clients send it as Authorization: Bearer <token>.')
  })
}

export async function runRevokeToken(name: string, { reason }: { reason: string }): Promise<void> {
  await withDatabase(async (client) => {
    await revokeApiToken(client, name, getCurrentUser(), reason)
    console.log(`The token ${name} has been revoked.`)
  })
}

/** A number of days from now, such as 90d, or a time. @throws OptimizerError `invalid-date` */
function parseExpiry(text: string): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1]
  return days === undefined ? parseDateTime(text) : new Date(Date.now() + Number(days) * dayMs)
}
