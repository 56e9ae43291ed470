import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Knob, KnobValue, KnobValues } from '../model/knob.ts'
import { readKnobs } from '../reading/agents.ts'

/**
 * Converts text to the knobs' types; the optimizer checks the bounds.
 * @throws OptimizerError `unknown-agent`, `unknown-knob`
 */
export async function parseAssignments(
  client: OptimizerClient,
  agentId: string,
  assignments: ReadonlyMap<string, string>,
): Promise<KnobValues> {
  const knobs = await readKnobs(client, agentId)
  return Object.fromEntries([...assignments].map(([name, text]) => [name, parseValue(findKnob(knobs, name), text)]))
}

function findKnob(knobs: readonly Knob[], name: string): Knob {
  const knob = knobs.find((candidate) => candidate.name === name)
  if (knob) return knob
  throw new OptimizerError(
    'unknown-knob',
    `There is no knob ${name}; the known knobs are: ${knobs.map((known) => known.name).join(', ')}.`,
  )
}

function parseValue(knob: Knob, text: string): KnobValue {
  switch (knob.type) {
    case 'int':
    case 'float':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'order':
      return text.split(',')
    case 'enum':
      return text
  }
}
