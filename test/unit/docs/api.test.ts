import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createReadRoutes } from '../../../src/api/read.ts'
import { createSteeringRoutes } from '../../../src/api/steering-routes.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import type { RunReport } from '../../../src/reading/run-report.ts'
import type { Database } from '../../../src/store/database.ts'
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
    const routers = [createReadRoutes({} as Database, {} as OptimizerClient), createSteeringRoutes({} as OptimizerClient)]
    const routes = routers.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} /api${path}`))
    expect(rowsOf('HTTP').sort()).toEqual([...routes, 'GET /healthz'].sort())
  })

  test('names every key of the report', () => {
    const keys: Record<keyof RunReport, true> = {
      cycles: true,
      results: true,
      impact: true,
      improvements: true,
      configurations: true,
    }
    expect(rowsOf('The report')).toEqual(Object.keys(keys))
  })
})
