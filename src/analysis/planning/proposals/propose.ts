import type { KnobChange } from '../../../model/finished-trial.ts'
import { defaultValues, isSameValue, type KnobValues, validateKnobValue } from '../../../model/knob.ts'
import { getAggressivenessSettings } from '../../policy/aggressiveness.ts'
import type { SearchBounds } from '../../tuning/index.ts'
import { type AgentTuner, createAgentTuner } from './agent-tuner.ts'
import type { Proposal, ProposalRequest } from './request.ts'
import { computeSearchBounds } from './search-bounds.ts'

/** Less can hardly be proven by one trial: a share of a time or a rate. */
const TO_PROVE = 0.1
/** What is expected to help by this share is more than a look around. */
const PROMISING = 0.03
/** What the tuner expects is no promise: that is made by the record of such trials. */
const MOST_PROMISING = 'of what may be turned it promises most, by all that was measured on this agent and its kind'
const LOOKS_AROUND = 'nothing is known that promises a gain, so it is tried to see what it does'
/** From this level on something bolder is tried where nothing is safe enough, rather than nothing. */
const BALANCED = 3

/** The change that the tuner wants tried next; undefined where nothing is left that may be turned, or nothing new is safe enough. */
export function proposeChange(asked: ProposalRequest): Proposal | undefined {
  const current = { ...defaultValues(asked.knobs), ...asked.agent.configuration.values }
  // A new release of an agent may declare bounds beyond which a knob still stands.
  const request = { ...asked, knobs: asked.knobs.filter((knob) => validateKnobValue(knob, current[knob.name]) === undefined) }
  let turnable = computeSearchBounds(request, current)
  const known = isEmpty(turnable) ? undefined : createAgentTuner(request, current, turnable)
  while (known && !isEmpty(turnable)) {
    const proposal = askTuner(known, turnable, request)
    const refused = proposal && request.refused(proposal.changes)
    if (refused === undefined) return proposal
    turnable = without(turnable, refused)
  }
  return undefined
}

function askTuner({ tuner, present, gain }: AgentTuner, turnable: SearchBounds, request: ProposalRequest): Proposal | undefined {
  const { aggressiveness } = request
  // Where strategies have to share an agent's knobs, none may take many of them.
  const wanted = {
    turnable,
    mostChanges: request.mostChanges ?? getAggressivenessSettings(aggressiveness).bundleSize,
    mayCopy: request.mostChanges === undefined,
  }
  for (const level of aggressiveness < BALANCED ? [aggressiveness] : [aggressiveness, Math.min(5, aggressiveness + 1)]) {
    const { configuration, expected } = tuner.ask({ ...wanted, aggressiveness: level, toProve: TO_PROVE })
    const changes = changesBetween(present, configuration)
    const isPromising = expected !== undefined && gain(expected.mean) >= PROMISING
    if (changes.length > 0) return { changes, isPromising, why: isPromising ? MOST_PROMISING : LOOKS_AROUND }
  }
  return undefined
}

function changesBetween(from: KnobValues, to: KnobValues): KnobChange[] {
  return Object.keys(to).flatMap((knob) =>
    isSameValue(from[knob], to[knob]) ? [] : [{ knob, from: from[knob]!, to: to[knob]! }],
  )
}

const isEmpty = (turnable: SearchBounds) => Object.keys(turnable).length === 0
const without = (turnable: SearchBounds, knob: string): SearchBounds =>
  Object.fromEntries(Object.entries(turnable).filter(([name]) => name !== knob))
