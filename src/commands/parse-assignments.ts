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

/** JavaScript also reads hexadecimal numbers, and nothing as 0. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

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
      return decimal.test(text) ? Number(text) : text
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'order':
      return text.split(',')
    case 'enum':
      return text
  }
}
