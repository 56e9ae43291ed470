import { expect, test } from 'vitest'
import { explainAgent } from '../../../src/analysis/reporting/explaining/index.ts'
import { agentFacts, eligibilityFacts } from '../../support/eligibility.ts'

test('an agent is explained with what the last cycle planned nothing for', () => {
  const skipped = ['hunter response time: nothing to gain on hunter for now']
  const { sections } = explainAgent({ ...agentFacts(eligibilityFacts({})), skipped })
  expect(sections.flatMap(({ sentences }) => sentences)).toContain(
    'The last cycle planned nothing for hunter response time: nothing to gain on hunter for now.',
  )
})
