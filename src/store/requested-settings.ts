import type { AgentRestore } from '../model/commands.ts'
import { mergeKnobs, validateForDeclarations } from '../model/declaration.ts'
import { OptimizerError } from '../model/errors.ts'
import type { KnobValues } from '../model/knob.ts'
import { requireAgent } from './agents.ts'
import { findConfiguration } from './configurations.ts'
import type { Database } from './database.ts'
import { listDeclarations } from './declarations.ts'
import { findConfigurationAt } from './proven-versions.ts'

/** The clock of the person who asks may be ahead of this one. */
const toleratedClockLeadMs = 60_000

export interface RequestedSettings {
  values: KnobValues
  /** The version that holds them all; null if a person named them one by one. */
  version: number | null
}

/**
 * The settings requested for an agent: those of a version, of a time, or the given values.
 * @throws OptimizerError `unknown-agent`, `unknown-version`, `unknown-knob`, `out-of-bounds`
 */
export async function resolveRequestedSettings(
  db: Database,
  { agentId, to }: Pick<AgentRestore, 'agentId' | 'to'>,
): Promise<RequestedSettings> {
  await requireAgent(db, agentId)
  if (typeof to === 'object') {
    await assertValidValues(db, agentId, to)
    return { values: to, version: null }
  }
  if (typeof to === 'string' && Date.parse(to) > Date.now() + toleratedClockLeadMs)
    throw new OptimizerError('invalid-input', `${to} is in the future; use a past time.`)
  const then = await (typeof to === 'number'
    ? findConfiguration(db, agentId, to)
    : findConfigurationAt(db, agentId, new Date(to)))
  if (then) return then
  const message = typeof to === 'number' ? `has no version ${to}` : `was not known at ${to}`
  throw new OptimizerError('unknown-version', `${agentId} ${message}; npx optimizer restore ${agentId} lists its versions.`)
}

async function assertValidValues(db: Database, agentId: string, values: KnobValues): Promise<void> {
  const declarations = await listDeclarations(db, agentId)
  const names = mergeKnobs(declarations).map(({ name }) => name)
  const unknown = Object.keys(values).filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new OptimizerError('unknown-knob', `${agentId} has no knob ${unknown.join(', ')}; its knobs are ${names.join(', ')}.`)
  const refused = Object.entries(values).flatMap(([name, value]) => validateForDeclarations(declarations, name, value) ?? [])
  if (refused.length > 0) throw new OptimizerError('out-of-bounds', `Invalid values for ${agentId}: ${refused.join('; ')}.`)
}
