import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../../src')
/** Generated code, and the rows of tables, which are named after what they hold. */
const excluded = /^(api-client\/paths|telemetry\/proto\/|store\/schema\/)/
const exported = /^export (?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type) (\w+)/gm

test('no two modules export the same name for different things', () => {
  const modules = new Map<string, string[]>()
  for (const file of globSync('**/*.ts', { cwd: source }).filter((file) => !excluded.test(file))) {
    const names = readFileSync(join(source, file), 'utf8').matchAll(exported)
    // A schema and its type, or the overloads of a function, share a name within their module.
    for (const name of new Set(Array.from(names, ([, name]) => name!))) modules.set(name, [...(modules.get(name) ?? []), file])
  }
  expect(modules.size).toBeGreaterThan(1_000)
  expect([...modules].filter(([, files]) => files.length > 1)).toEqual([])
})
