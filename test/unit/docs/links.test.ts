import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { documents, root } from '../../support/documents.ts'

describe.each(documents)('$name', ({ name, text }) => {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')

  test('links to files and headings that exist', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map((match) => match[1] ?? match[2]!)
    const broken = links.filter((link) => !/^https?:/.test(link) && !resolves(name, link))
    expect(broken).toEqual([])
  })

  test('names files and folders that exist', () => {
    const paths = [...prose.matchAll(/`((?:src|test|docs|bench|examples|bin)\/[\w./-]+)`/g)].map((match) => match[1]!)
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

function resolves(from: string, link: string): boolean {
  const [path, heading] = link.split('#') as [string, string?]
  const file = path ? join(root, dirname(from), path) : join(root, from)
  if (!existsSync(file)) return false
  return heading === undefined || headings(readFileSync(file, 'utf8')).includes(heading)
}

/** As GitHub names them. */
function headings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
