const context = 3

/**
 * The change of a file as a unified diff, which `git apply` and `patch` take; empty if nothing changes. Lines are compared one by one where both
 * texts have as many; otherwise all between the first and the last difference counts as changed.
 * @param file its path, which git takes as relative to the root of its repository, wherever it is called
 * @param before undefined if there is no such file yet
 */
export function formatUnifiedDiff(file: string, before: string | undefined, after: string): string {
  const [old, fresh] = [splitLines(before ?? ''), splitLines(after)]
  const blocks = old.length === fresh.length ? listChangedBlocks(old, fresh) : [trimEqual(old, fresh)]
  const changed = blocks.filter(({ oldEnd, freshEnd, start }) => oldEnd > start || freshEnd > start)
  if (changed.length === 0) return ''
  const hunks = groupNear(changed).map((group) => formatHunk(group, old, fresh))
  const [mode, from] = before === undefined ? ['new file mode 100644\n', '/dev/null'] : ['', quote(`a/${file}`)]
  const to = quote(`b/${file}`)
  return `diff --git ${quote(`a/${file}`)} ${to}\n${mode}--- ${from}\n+++ ${to}\n${hunks.join('')}`
}

/** A path as git writes it: in quotes, with escapes as in C, if it has characters that would end it. */
function quote(path: string): string {
  const escaped = path.replace(/[\p{Cc}"\\]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  )
  return escaped === path ? path : `"${escaped}"`
}

/** Lines from `start` on that differ; the ends are exclusive. Before them, both texts have as many lines. */
interface Block {
  start: number
  oldEnd: number
  freshEnd: number
}

/** Each with the end of line that it has. */
const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

function listChangedBlocks(old: string[], fresh: string[]): Block[] {
  const blocks: Block[] = []
  for (const [line, text] of old.entries()) {
    if (text === fresh[line]) continue
    const last = blocks.at(-1)
    if (last?.oldEnd === line) last.oldEnd = last.freshEnd = line + 1
    else blocks.push({ start: line, oldEnd: line + 1, freshEnd: line + 1 })
  }
  return blocks
}

function trimEqual(old: string[], fresh: string[]): Block {
  const shorter = Math.min(old.length, fresh.length)
  let start = 0
  while (start < shorter && old[start] === fresh[start]) start++
  let equalAtEnd = 0
  while (equalAtEnd < shorter - start && old.at(-1 - equalAtEnd) === fresh.at(-1 - equalAtEnd)) equalAtEnd++
  return { start, oldEnd: old.length - equalAtEnd, freshEnd: fresh.length - equalAtEnd }
}

/** Blocks whose context touches belong to one hunk. */
function groupNear(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = []
  for (const block of blocks) {
    const last = groups.at(-1)
    if (last && block.start - last.at(-1)!.oldEnd <= 2 * context) last.push(block)
    else groups.push([block])
  }
  return groups
}

function formatHunk(blocks: readonly Block[], old: string[], fresh: string[]): string {
  const from = Math.max(0, blocks[0]!.start - context)
  const { oldEnd, freshEnd } = blocks.at(-1)!
  const trailing = Math.min(context, old.length - oldEnd)
  const lines: string[] = []
  let at = from
  for (const block of blocks) {
    lines.push(...old.slice(at, block.start).map((line) => formatLine(' ', line)))
    lines.push(...old.slice(block.start, block.oldEnd).map((line) => formatLine('-', line)))
    lines.push(...fresh.slice(block.start, block.freshEnd).map((line) => formatLine('+', line)))
    at = block.oldEnd
  }
  lines.push(...old.slice(at, at + trailing).map((line) => formatLine(' ', line)))
  const range = (end: number) => `${end + trailing - from === 0 ? from : from + 1},${end + trailing - from}`
  return `@@ -${range(oldEnd)} +${range(freshEnd)} @@\n${lines.join('')}`
}

const formatLine = (sign: ' ' | '-' | '+', line: string) =>
  line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`
