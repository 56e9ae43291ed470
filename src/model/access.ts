/** Who may use the HTTP API. */
import { z } from 'zod'
import { dateTimeSchema } from './date-time.ts'
import { OptimizerError } from './errors.ts'
import { nameSchema } from './name.ts'
import { type Role, roles } from './role.ts'
import { labelSchema } from './text.ts'

/** The role of a token; `agent` is separate from the roles of people. */
export const tokenRoleSchema = z.enum([...roles, 'agent'])
export type TokenRole = z.infer<typeof tokenRoleSchema>

export const hasRole = (role: TokenRole, least: Role) => role !== 'agent' && roles.indexOf(role) >= roles.indexOf(least)

/** In the list of a token's agents: all of them, also new ones. */
export const allAgents = '*'

/** A token without its secret. */
export const recordedTokenSchema = z.object({
  id: z.int(),
  name: z.string(),
  role: tokenRoleSchema,
  agents: z.array(z.string()).describe('The agents that a token with the `agent` role may report for; `*` means all'),
  createdAt: z.date(),
  createdBy: z.string(),
  expiresAt: z.date().nullable().describe('When the token expires; null if never'),
  revokedAt: z.date().nullable(),
  revokedBy: z.string().nullable(),
  lastUsedAt: z.date().nullable().describe('When the token was last used, accurate to the minute; null if never'),
})
export type RecordedToken = z.infer<typeof recordedTokenSchema>

/** A request for a new token. */
export const tokenRequestSchema = z
  .strictObject({
    name: labelSchema.max(100).regex(/^[^:;]*$/, 'must not contain a colon or a semicolon'),
    role: tokenRoleSchema,
    agents: z
      .array(nameSchema.or(z.literal(allAgents)))
      .max(1_000)
      .default([]),
    expiresAt: dateTimeSchema.nullable().default(null),
    by: labelSchema,
  })
  .refine(
    ({ role, agents }) => (role === 'agent') === agents.length > 0,
    'a token with the agent role must name its agents, and no other token may',
  )
export type TokenRequest = z.input<typeof tokenRequestSchema>

/** The agents that the token is bound to; undefined for a token that is not bound to certain ones. */
export type ReportingAgents = readonly string[] | undefined

/** Refuses a report for an agent that the token does not cover. @throws OptimizerError `foreign-agent` */
export function assertMayReport(agents: ReportingAgents, agentId: string): void {
  if (agents === undefined || agents.includes(agentId)) return
  const message = `The token is for ${agents.join(', ')} and cannot report for ${agentId}; use a token that was created for it.`
  throw new OptimizerError('foreign-agent', message)
}
