import { expect, test } from 'vitest'
import * as contract from '../../../src/contract/messages.ts'
import { searchAttributeTypes } from '../../../src/contract/search-attributes.ts'
import { documents } from '../../support/documents.ts'

const { text } = documents.find(({ name }) => name === 'docs/temporal.md')!

test('docs/temporal.md names every signal, query and update', () => {
  const names = Object.values(contract).flatMap((entry) => (typeof entry === 'object' ? [entry.name] : []))
  expect(names.length).toBeGreaterThan(8)
  expect(names.filter((name) => !text.includes(`--name ${name}`) && !text.includes(`\`${name}\``))).toEqual([])
})

test('docs/temporal.md names every search attribute with its type', () => {
  const types: Record<string, string> = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList', DOUBLE: 'Double' }
  const rows = Object.entries(searchAttributeTypes).map(([name, type]) => `| \`${name}\` | ${types[type]} |`)
  expect(rows.filter((row) => !text.includes(row))).toEqual([])
})
