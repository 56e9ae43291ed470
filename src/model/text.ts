import { z } from 'zod'

const longestText = 2_000
/** All but tabs and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g

/** The reason why PostgreSQL cannot store a text, or JSON that contains it; undefined if it can. */
export function findStorageProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'must not contain a NUL character'
  return text.isWellFormed() ? undefined : 'must not contain half of a surrogate pair'
}

/** Makes any text storable, and cuts it to a number of characters. */
export function toStorableText(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '\ufffd')
}

/** Makes any text fit for `textSchema`: without control characters, and cut to a number of characters, at most 2,000. */
export function toCleanText(text: string, longest = longestText): string {
  return toStorableText(text, longest).replace(controlCharacters, '\ufffd')
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0)!
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
}

/** The size of a text in UTF-8; workflows have no `Buffer`. */
export function countUtf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) bytes += bytesOf(character)
  return bytes
}

/** Cuts a text to a number of bytes in UTF-8; a text that was cut ends with an ellipsis. */
export function truncateToBytes(text: string, longestBytes: number): string {
  const ellipsis = '…'
  let bytes = 0
  let fits = 0
  for (const character of text) {
    bytes += bytesOf(character)
    if (bytes > longestBytes) return text.slice(0, fits) + ellipsis
    if (bytes <= longestBytes - bytesOf(ellipsis)) fits += character.length
  }
  return text
}

/** Text that is recorded but not shown, such as an error with its colors: at most 10,000 storable characters. */
export const recordedTextSchema = z
  .string()
  .max(10_000, 'must have at most 10000 characters')
  .superRefine((text, context) => {
    const problem = findStorageProblem(text)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })

/** Text that is shown to people: no control characters but tabs and line breaks, which a terminal would obey. */
export const textSchema = recordedTextSchema
  .max(longestText, `must have at most ${longestText} characters`)
  .refine((text) => text.search(controlCharacters) === -1, 'must not contain control characters')
export const nonEmptyTextSchema = textSchema.min(1)

/** Characters of no width and those that reverse what follows, but not the joiners, which scripts and emoji need. */
const invisibleCharacters = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/

const isSeen = (text: string) => text.trim() !== '' && !invisibleCharacters.test(text)

/** A short text on one line, such as a type or the name of a person. */
export const labelSchema = textSchema
  .min(1)
  .max(200, 'must have at most 200 characters')
  .refine((text) => !/[\n\r\u2028\u2029]/.test(text), 'must not contain a line break')
  .refine((text) => text.trim() !== '', 'must not be blank')
  .refine((text) => !invisibleCharacters.test(text), 'must not contain invisible characters, such as those that reverse text')

const senderKeys: ReadonlySet<string> = new Set(['by', 'requestedBy'])
const unseen = 'somebody'

/**
 * What a workflow was sent, with `somebody` in place of a person whose name cannot be seen. Earlier versions took such names, and what they
 * took cannot be refused when their histories are replayed.
 */
export function replaceInvisibleSender<Input>(input: Input): Input {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input
  const isUnseen = (value: unknown) => typeof value === 'string' && value !== '' && !isSeen(value)
  const named = Object.entries(input).map(([key, value]) => [key, senderKeys.has(key) && isUnseen(value) ? unseen : value])
  return Object.fromEntries(named)
}

/** The schema, which takes `why` as well: the former name of `reason`. */
export const acceptWhyAsReason = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(renameWhy, schema)

function renameWhy(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || !('why' in input) || 'reason' in input) return input
  const { why: reason, ...others } = input
  return { ...others, reason }
}
