import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import { appOf } from '../../support/api.ts'
import { root } from '../../support/documents.ts'

interface Panel {
  id: number
  type: string
  title: string
  targets?: { expr: string }[]
}

const { panels, templating } = JSON.parse(readFileSync(join(root, 'docs/grafana.json'), 'utf8')) as {
  panels: Panel[]
  templating: { list: { definition?: string }[] }
}
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const queries = [...expressions, ...templating.list.flatMap(({ definition = [] }) => definition)]
const named = new Set(queries.flatMap((query) => query.match(/\b(?:optimizer|process|nodejs)_\w+/g) ?? []))

test('the Grafana dashboard names only metrics that the API exports, and every one of the optimizer', async () => {
  const text = await (await appOf({} as OptimizerClient).request('/metrics')).text()
  const exported = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!))
  expect([...named].filter((name) => !exported.has(name))).toEqual([])
  expect([...exported].filter((name) => name.startsWith('optimizer_') && !named.has(name))).toEqual([])
})

test('each of its panels has an id of its own, and a query unless it is a heading', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  for (const { type, targets } of panels) expect(targets?.length ?? 0, type).toBeGreaterThanOrEqual(type === 'row' ? 0 : 1)
  for (const query of expressions) expect(query).toContain('job=~"$job"')
})
