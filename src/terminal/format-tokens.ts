import { allAgents, type RecordedToken } from '../model/access.ts'
import { formatTime } from './format-time.ts'

/** Tokens of the API, each on a line or two, for the terminal. */
export function formatTokens(tokens: readonly RecordedToken[]): string {
  if (tokens.length === 0) return 'There are no tokens; create one with npx optimizer tokens create.'
  return tokens.map(formatToken).join('\n')
}

function formatToken({
  name,
  role,
  agents,
  createdAt,
  createdBy,
  expiresAt,
  revokedAt,
  revokedBy,
  lastUsedAt,
}: RecordedToken): string {
  const whose = role === 'agent' ? (agents.includes(allAgents) ? 'all agents' : `agent ${agents.join(', ')}`) : role
  const end = revokedAt
    ? `revoked ${formatTime(revokedAt)} by ${revokedBy}`
    : expiresAt
      ? `expires ${formatTime(expiresAt)}`
      : 'does not expire'
  const use = lastUsedAt ? `last used ${formatTime(lastUsedAt)}` : 'never used'
  return `${name}  ${whose}\n  created ${formatTime(createdAt)} by ${createdBy}, ${end}, ${use}`
}
