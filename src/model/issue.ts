import type { z } from 'zod'
import { toText } from './text.ts'

/** Characters of a description; a field's name, which it quotes, may be longer. */
const longestDescription = 300

/**
 * The first problem of an input, as `field.of.input: what is wrong`, safe to store and to send.
 * @param whole the name of the input, for a problem that concerns all of it
 */
export function describeIssue({ issues: [issue] }: z.core.$ZodError, whole: string): string {
  const cause = issue?.code === 'invalid_key' ? issue.issues[0] : issue
  return toText(`${issue?.path.join('.') || whole}: ${cause?.message}`, longestDescription)
}
