import { expect, test } from 'vitest'
import { resourcesSchema } from '../../../src/messaging/protocol.ts'
import { knobSchema } from '../../../src/model/knob.ts'
import { blocks, documents } from '../../support/documents.ts'

const json = blocks(documents.find(({ name }) => name === 'docs/agent-protocol.md')!, 'json').map((text) => JSON.parse(text))

test('the knobs and the reading in docs/agent-protocol.md are valid', () => {
  const knobs = json.filter(({ purpose }) => purpose)
  expect(knobs.map(({ name }) => name)).toEqual(['poolSize', 'hedgeAfterMs'])
  for (const knob of knobs) expect(knobSchema.safeParse(knob).error).toBeUndefined()
  expect(resourcesSchema.safeParse(json.find(({ reading }) => reading)).error).toBeUndefined()
})
