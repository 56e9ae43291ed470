import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listKeptChanges } from '../../../src/reading/export.ts'
import { formatChangesAsMarkdown, formatPatch, updateSettings } from '../../../src/terminal/format-export.ts'
import { findPathInRepository } from '../../../src/terminal/path-in-repository.ts'
import { temporaryFolder } from '../../support/folder.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 10, 21, hour))
const version = (hour: number, values: Record<string, number>, trialId: string | null, reason: string) => ({
  since: at(hour),
  values,
  trialId,
  reason,
})
const versions = [
  version(14, { cacheSize: 4, poolSize: 3, depth: 2 }, null, 'ada set depth'),
  version(13, { cacheSize: 4, poolSize: 2, depth: 2 }, 'opt_2_b', 'poolSize went back'),
  version(12, { cacheSize: 4, poolSize: 3 }, 'opt_1_a', 'hunter responds faster'),
  version(11, { cacheSize: 2, poolSize: 3 }, null, 'the defaults'),
]

test('a kept change is one that is still in force, with the version that it comes from', () => {
  expect(listKeptChanges(versions)).toEqual([
    { knob: 'cacheSize', from: 2, to: 4, since: at(12), trialId: 'opt_1_a', reason: 'hunter responds faster' },
    { knob: 'depth', from: undefined, to: 2, since: at(13), trialId: 'opt_2_b', reason: 'poolSize went back' },
  ])
  expect(listKeptChanges(versions.slice(-1))).toEqual([])
})

const hunter = { agentId: 'hunter', version: 4, values: { cacheSize: 4 }, changes: listKeptChanges(versions) }

test('a file of settings keeps its order and what is only in it', () => {
  const kept = { trader: { fee: 1 }, hunter: { mode: 'fast', cacheSize: 2 } }
  const updated = updateSettings(kept, [hunter, { ...hunter, agentId: 'new' }])
  expect(updated).toEqual({ trader: { fee: 1 }, hunter: { mode: 'fast', cacheSize: 4 }, new: { cacheSize: 4 } })
  expect(Object.keys(updated)).toEqual(['trader', 'hunter', 'new'])
})

test('the changes as Markdown say what changed, since when and why', () => {
  expect(formatChangesAsMarkdown([hunter])).toContain(
    '- `cacheSize`: 2 → **4** (since 2026-11-21T12:00:00Z, trial `opt_1_a`): hunter responds faster',
  )
  expect(formatChangesAsMarkdown([])).toContain('Every agent still runs')
})

describe('the patch of a file of settings', () => {
  const patchOf = (before: string | undefined) => {
    const lines = formatPatch('settings.json', before, [hunter]).split('\n')
    return lines.slice(lines.findIndex((line) => line.startsWith('@@')))
  }

  test('is empty if the file has the values in force, however it is written', () => {
    for (const text of [
      '{"hunter":{"cacheSize":4.0}}',
      '{\n\t"hunter": { "cacheSize": 4 }\n}',
      '{ "other": {}, "hunter": { "cacheSize": 4 } }',
    ])
      expect(formatPatch('settings.json', text, [hunter])).toBe('')
  })

  test('keeps the indent, the ends of lines and the end of the file', () => {
    const lines = ['{', '\t"hunter": {', '\t\t"cacheSize": 2', '\t}', '}']
    const changed = ['@@ -1,5 +1,5 @@', ' {', ' \t"hunter": {', '-\t\t"cacheSize": 2', '+\t\t"cacheSize": 4', ' \t}', ' }']
    expect(patchOf(lines.join('\n'))).toEqual([...changed, '\\ No newline at end of file', ''])
    expect(patchOf(`${lines.join('\r\n')}\r\n`)).toEqual([changed[0], ...changed.slice(1).map((line) => `${line}\r`), ''])
  })

  test.each([
    ['in a subfolder of a repository, from its folder', 'deep/settings.json', 'deep'],
    ['in a subfolder of a repository, from the root', 'deep/settings.json', '.'],
    ['at the root of a repository', 'settings.json', '.'],
    ['below a symbolic link into a repository', 'link/settings.json', '.'],
    ['with a name that has to be quoted', 'deep/a\t"b\\ü.json', '.'],
  ])('is applied by git %s, also to a new file', (_, file, from) => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'deep'))
    symlinkSync('deep', join(root, 'link'))
    execFileSync('git', ['init', '-q'], { cwd: root })
    for (const before of [undefined, '{"hunter":{"cacheSize":2}}\n']) {
      if (before !== undefined) writeFileSync(join(root, file), before)
      const patch = formatPatch(findPathInRepository(join(root, file)), before, [hunter])
      execFileSync('git', ['apply', '-'], { cwd: join(root, from), input: patch })
      expect(JSON.parse(readFileSync(join(root, file), 'utf8'))).toEqual({ hunter: { cacheSize: 4 } })
    }
  })

  test('of a file outside any repository, and not below the working directory, has its name alone', () => {
    const folder = temporaryFolder()
    expect(findPathInRepository(join(folder, 'settings.json'))).toBe('settings.json')
  })

  test('writes a file that is not there yet, or is empty', () => {
    const added = ['@@ -0,0 +1,5 @@', '+{', '+  "hunter": {', '+    "cacheSize": 4', '+  }', '+}', '']
    for (const before of [undefined, '']) expect(patchOf(before)).toEqual(added)
  })
})
