import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationDocument, metricsDocument, whatMayRunDocument } from '../../../docs/generate.ts'
import { root } from '../../support/documents.ts'

const committed = readFileSync(join(root, 'docs/configuration.md'), 'utf8')

test('docs/configuration.md matches the schema; npx node docs/generate.ts writes it again', () => {
  expect(committed).toBe(configurationDocument())
})

test('every configuration key is described', () => {
  expect(committed.split('\n').filter((line) => /\|\s*\|$/.test(line) && !/^\| (key|name) /.test(line))).toEqual([])
})

test('the tables of docs/what-may-run.md match the code; npx node docs/generate.ts writes them again', () => {
  const whatMayRun = readFileSync(join(root, 'docs/what-may-run.md'), 'utf8')
  expect(whatMayRun).toBe(whatMayRunDocument(whatMayRun))
  expect(whatMayRun).toMatch(/^\| knobs changed together \|( \d \|){5}$/m)
  expect(whatMayRun.match(/^\| `\w+` \|.*\| *\|$/gm)).toBeNull()
})

test('the table of docs/metrics.md matches the catalogue; npx node docs/generate.ts writes it again', () => {
  const metrics = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
  expect(metrics).toBe(metricsDocument(metrics))
  expect(metrics).toContain('| `costUsd` | USD | 0 or more | lower |')
})

test('every environment variable in the source is documented', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
  const named = sources.flatMap((file) => readFileSync(join(root, 'src', file), 'utf8').match(/\bOPTIMIZER_[A-Z_]+\b/g) ?? [])
  expect([...new Set(named)].filter((name) => !committed.includes(`\`${name}\``))).toEqual([])
})
