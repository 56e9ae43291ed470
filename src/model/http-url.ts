import { z } from 'zod'

/** An http or https address. One with a user and password is refused: `fetch` does not take it, and would repeat it in its message. */
export const httpUrlSchema = z
  .url({ protocol: /^https?$/, error: 'is not an http or https address' })
  .max(2_000)
  .refine(hasNoPassword, 'contains a user or password; omit them')

function hasNoPassword(text: string): boolean {
  if (!URL.canParse(text)) return true
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
