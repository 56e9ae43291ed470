import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { apiDocument, assistantsDocument, generateClientPaths } from '../../../docs/api-documents.ts'
import type { RunReport } from '../../../src/reading/run-report.ts'
import { getOpenApi, listRoutes } from '../../support/api.ts'
import { root } from '../../support/documents.ts'

const document = readFileSync(join(root, 'docs/api.md'), 'utf8')
/** First cells of the table's rows, code marks removed. */
const rowsOf = (heading: string) =>
  document
    .split(/^## /m)
    .find((section) => section.startsWith(heading))!
    .matchAll(/^\| `(.+?)` \|/gm)
    .map(([, cell]) => cell!)
    .toArray()

describe('docs/api.md', () => {
  test('names every route', () => {
    const documented = rowsOf('HTTP').map((route) => route.replace(/:(\w+)/g, '{$1}'))
    expect(documented.sort()).toEqual(listRoutes().filter((route) => !route.includes(' /agents/')))
  })

  test('has the tables that docs/generate.ts writes', () => {
    expect(document).toBe(apiDocument(document, listRoutes()))
  })

  test('names every key of the report', () => {
    const keys: Record<keyof RunReport, true> = {
      cycles: true,
      results: true,
      listed: true,
      impact: true,
      improvements: true,
      declared: true,
      savings: true,
      undone: true,
      configurations: true,
    }
    expect(rowsOf('The report')).toEqual(Object.keys(keys))
  })
})

test('docs/assistants.md has the table of tools that docs/generate.ts writes', async () => {
  const assistants = readFileSync(join(root, 'docs/assistants.md'), 'utf8')
  expect(assistants).toBe(assistantsDocument(assistants, await getOpenApi()))
})

test('the types of the client of the API are those that docs/generate.ts writes', async () => {
  expect(readFileSync(join(root, 'src/api-client/paths.ts'), 'utf8')).toBe(await generateClientPaths(await getOpenApi()))
})

test('llms.txt lists every document', () => {
  const listed = [...readFileSync(join(root, 'llms.txt'), 'utf8').matchAll(/\(docs\/([^)]+)\)/g)].map((match) => match[1]!)
  const all = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  expect(listed.sort()).toEqual(all.sort())
})
