import { InvalidArgumentError } from 'commander'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Knob, KnobValue, KnobValues } from '../model/knob.ts'
import { listKnobs } from '../store/agents.ts'

/** Collects `knob=value` options into one map. */
export function collectAssignment(text: string, previous: Map<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must have the form knob=value.')
  return previous.set(text.slice(0, at), text.slice(at + 1))
}

/**
 * Converts text to the knobs' types; the optimizer checks the bounds.
 * @throws OptimizerError `unknown-agent`, `unknown-knob`
 */
export async function parseAssignments({ db }: OptimizerClient, agentId: string, set: Map<string, string>): Promise<KnobValues> {
  const knobs = await listKnobs(db, agentId)
  if (knobs.length === 0)
    throw new OptimizerError('unknown-agent', `There is no agent ${agentId}; npx optimizer status lists them.`)
  return Object.fromEntries(
    [...set].map(([name, text]) => {
      const knob = knobs.find((candidate) => candidate.name === name)
      if (!knob)
        throw new OptimizerError(
          'unknown-knob',
          `There is no knob ${name}; the known knobs are: ${knobs.map((known) => known.name).join(', ')}.`,
        )
      return [name, parseValue(knob, text)]
    }),
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
