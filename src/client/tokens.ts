import { createHash, randomBytes } from 'node:crypto'
import { type RecordedToken, type TokenRequest, tokenRequestSchema } from '../model/access.ts'
import { OptimizerError } from '../model/errors.ts'
import { insertToken, listTokens, revokeToken } from '../store/tokens.ts'
import type { OptimizerClient } from './optimizer.ts'

/** Tokens are recognized by it, by people and by programs that search for leaked secrets. */
const prefix = 'optimizer_'
const secretBytes = 32

type Client = Pick<OptimizerClient, 'db'>

/**
 * Creates a token for the HTTP API. Its secret is returned once; only a digest of it is stored.
 * @throws OptimizerError `token-exists`, `invalid-input`; ZodError if the request is invalid
 */
export async function createToken({ db }: Client, request: TokenRequest): Promise<{ secret: string; token: RecordedToken }> {
  const { expiresAt: end, by: createdBy, ...rest } = tokenRequestSchema.parse(request)
  const expiresAt = end === null ? null : new Date(end)
  if (expiresAt && expiresAt.getTime() <= Date.now())
    throw new OptimizerError(
      'invalid-input',
      `${end} is in the past; choose a later time, or omit it for a token that never expires.`,
    )
  const secret = prefix + randomBytes(secretBytes).toString('base64url')
  return { secret, token: await insertToken(db, { ...rest, createdBy, expiresAt, digest: digestSecret(secret) }) }
}

/** SHA-256 is enough: the secret is random, so it cannot be guessed. */
export const digestSecret = (secret: string) => createHash('sha256').update(secret).digest()

/** Those in force, or all, oldest first. */
export async function readTokens({ db }: Client, { all = false } = {}): Promise<RecordedToken[]> {
  const tokens = await listTokens(db)
  const isInForce = ({ revokedAt, expiresAt }: RecordedToken) => !revokedAt && !(expiresAt && expiresAt.getTime() <= Date.now())
  return tokens.filter((token) => all || isInForce(token)).map(({ digest: _, ...token }) => token)
}

/** Revokes a token; the API refuses it within a second. @throws OptimizerError `unknown-token` */
export async function revokeApiToken({ db }: Client, name: string, by: string, reason = ''): Promise<void> {
  await revokeToken(db, name, by, reason)
}
