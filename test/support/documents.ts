import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

export interface Document {
  /** Relative to the repository. */
  name: string
  text: string
}

/** The documents that users and contributors read. */
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

interface DocumentedCommand {
  document: string
  command: string
  /** Missing if the document does not show it. */
  output?: string
}

/** Every command that a document tells to type (`sh`), or shows with its answer (`console`), without its comment. */
export const commands: DocumentedCommand[] = documents.flatMap((document) => {
  const told = blocks(document, 'sh').flatMap((block) => block.split('\n').map((line) => ({ command: line })))
  const shown = blocks(document, 'console').flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n')
        return { command, output: output.join('\n').trim() }
      }),
  )
  return [...told, ...shown]
    .map((entry) => ({ document: document.name, ...entry, command: entry.command.replace(/(^|\s+)#.*$/, '') }))
    .filter(({ command }) => command)
})
