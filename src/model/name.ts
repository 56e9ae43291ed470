/** Names chosen by users; they become keys of objects, so names of inherited properties are refused. */
import { z } from 'zod'

/** Whether a name is not that of an inherited property. */
export const isSafeName = (name: string) => !(name in {})
export const reservedNameError = { error: ({ input }: { input?: unknown }) => `${input} is a reserved word; choose another name` }

/** Names of agents, instances and kinds: usable in NATS subjects, workflow ids and URLs. */
export const nameSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/, 'use at most 80 letters, digits, - and _, starting with a letter or digit')
  .refine(isSafeName, reservedNameError)

export const knobNamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,119}$/

/** Names of knobs, as systems write their settings: `poolSize`, `max-connections`, `topology.max.spout.pending`, `net/core`. */
export const knobNameSchema = z
  .string()
  .regex(
    knobNamePattern,
    'use at most 120 letters, digits and the characters . _ - / and :, starting with a letter, a digit or _',
  )
  .refine(isSafeName, reservedNameError)

/**
 * An object whose keys others choose. Zod's records leave out `__proto__` without a word; this one refuses it, as `knobNameSchema` would.
 */
export function safeRecordSchema<Key extends z.ZodType<string, string>, Value extends z.ZodType>(key: Key, value: Value) {
  const schema = z.record(key, value)
  return z.preprocess((input: z.input<typeof schema>, context) => {
    if (typeof input === 'object' && input !== null && Object.hasOwn(input, '__proto__'))
      context.addIssue({ code: 'custom', message: reservedNameError.error({ input: '__proto__' }) })
    return input
  }, schema)
}

/** The name that differs least from a misspelt one, in at most a third of its characters, else the shortest that starts with it, if any. */
export function findClosestName(name: string, known: Iterable<string>): string | undefined {
  const ranked = [...known]
    .map((candidate) => ({ candidate, distance: countEdits(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const misspelt = ranked.find(({ distance }) => distance <= name.length / 3)
  const shortened = ranked.find(({ candidate }) => name.length >= 3 && candidate.toLowerCase().startsWith(name.toLowerCase()))
  return (misspelt ?? shortened)?.candidate
}

/** The insertions, deletions and substitutions that make one text the other (Levenshtein, 1966). */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [done, character] of [...from].entries()) {
    const next = [done + 1]
    for (const [index, wanted] of [...to].entries())
      next.push(Math.min(next[index]! + 1, row[index + 1]! + 1, row[index]! + (character === wanted ? 0 : 1)))
    row = next
  }
  return row.at(-1)!
}
