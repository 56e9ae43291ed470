/** The payloads of workflows are small: their histories are kept and replayed, and everybody who may use Temporal can read them. */
import { countUtf8Bytes, truncateToBytes } from './text.ts'

/** The most that one payload of a workflow holds, as JSON. */
export const maxPayloadBytes = 4_096
const longestLineBytes = 200

/** The size of a value as JSON in UTF-8. */
export const countJsonBytes = (value: unknown): number => countUtf8Bytes(JSON.stringify(value))

/** The first entries of a list that fit into a number of bytes as JSON. */
export function takeWithinBytes<Entry>(entries: readonly Entry[], most: number): Entry[] {
  let room = most
  const end = entries.findIndex((entry) => {
    room -= countJsonBytes(entry) + 1
    return room < 0
  })
  return end === -1 ? [...entries] : entries.slice(0, end)
}

/**
 * The first lines of a list that fit into a number of bytes; long lines are cut, and the last one says how many are missing.
 * @param where the record that has them all
 */
export function takeLinesWithinBytes(lines: readonly string[], most: number, where: string): string[] {
  const cut = lines.map((line) => truncateToBytes(line, longestLineBytes))
  const taken = takeWithinBytes(cut, most)
  const more = lines.length - taken.length
  return more > 0 ? [...taken, `${more} more: ${where}`] : taken
}
