import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { apiDocument } from '../../../docs/generate.ts'
import type { RunReport } from '../../../src/reading/run-report.ts'
import { listRoutes } from '../../support/api.ts'
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
      undone: true,
      configurations: true,
    }
    expect(rowsOf('The report')).toEqual(Object.keys(keys))
  })
})
