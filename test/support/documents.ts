import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Document {
  /** Relative to the repository. */
  name: string
  text: string
}

/** What users and contributors read. */
export const documents: Document[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'llms.txt',
  'examples/fleet/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
].map((name) => ({ name, text: readFileSync(join(root, name), 'utf8') }))

/** The fenced blocks of one language. */
export function blocks({ text }: Document, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => match[2]!)
}

/** Every command that a document tells to type (`sh`), or shows with its answer (`console`), without its comment. */
export const commands: { document: string; command: string }[] = documents.flatMap((document) => {
  const lines = (language: string) => blocks(document, language).flatMap((block) => block.split('\n'))
  const shown = lines('console').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []))
  return [...lines('sh'), ...shown]
    .map((line) => line.replace(/(^|\s+)#.*$/, ''))
    .filter(Boolean)
    .map((command) => ({ document: document.name, command }))
})
