import { expect, test } from 'vitest'
import { ruleCodes } from '../../../src/analysis/eligibility/index.ts'
import { documents } from '../../support/documents.ts'

test('docs/what-may-run.md lists exactly the rules of eligibility, in their order', () => {
  const { text } = documents.find(({ name }) => name === 'docs/what-may-run.md')!
  const section = text.split(/^## /m).find((one) => one.startsWith('In which order'))!
  const listed = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, code]) => code)
  expect(listed).toEqual(ruleCodes)
})
