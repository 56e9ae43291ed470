/** Lines of newline-delimited JSON, read from a stream with bounded memory. */

/** An entry of a report may have 64 KiB; the rest is its envelope. */
export const maxLineBytes = 72 * 1024
const lineFeed = 10
const decoder = new TextDecoder('utf-8', { fatal: true })

export interface NdjsonLine {
  /** From 1. */
  number: number
  bytes: number
  /** Its JSON, or why it is not JSON. */
  content: { text: string; value: unknown } | { problem: string }
}

/** The lines that are not empty. A line that is too long is passed on without its content. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<NdjsonLine> {
  let parts: Uint8Array[] = []
  let bytes = 0
  let number = 1
  const take = (part: Uint8Array) => {
    bytes += part.length
    if (bytes <= maxLineBytes) parts.push(part)
  }
  const finish = (): NdjsonLine | undefined => {
    const line = bytes > 0 ? parseLine(number, bytes, join(bytes <= maxLineBytes ? parts : [])) : undefined
    parts = []
    bytes = 0
    return line
  }
  for await (const chunk of chunks) {
    let begin = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, begin)) {
      take(chunk.subarray(begin, end))
      const line = finish()
      if (line) yield line
      begin = end + 1
      number++
    }
    // The stream may use its memory again.
    take(chunk.slice(begin))
  }
  const last = finish()
  if (last) yield last
}

/** Most lines lie within one chunk. */
const join = (parts: readonly Uint8Array[]) => (parts.length === 1 ? parts[0]! : Buffer.concat(parts))

function parseLine(number: number, bytes: number, content: Uint8Array): NdjsonLine | undefined {
  const problem = (reason: string): NdjsonLine => ({ number, bytes, content: { problem: reason } })
  if (bytes > maxLineBytes) return problem(`has ${bytes} bytes; the limit is ${maxLineBytes}`)
  let text: string
  try {
    text = decoder.decode(content)
  } catch {
    return problem('is not UTF-8')
  }
  if (/^\s*$/.test(text)) return undefined
  try {
    return { number, bytes, content: { text, value: JSON.parse(text) } }
  } catch {
    return problem('is not JSON')
  }
}
