import type { KnobChange } from '../../../model/finished-trial.ts'
import { getDefaultValues, isNumeric, isSameValue, type Knob, type KnobValues, validateKnobValue } from '../../../model/knob.ts'
import { getScalePosition } from '../../../model/knob-scale.ts'
import type { MetricName } from '../../../model/metric.ts'
import { findNamedQuantile } from '../../../model/quantile.ts'
import { getAggressivenessSettings } from '../../policy/aggressiveness.ts'
import { clamp } from '../../statistics/summaries.ts'
import type { SearchBounds } from '../../tuning/index.ts'
import { type AgentTuner, createAgentTuner } from './agent-tuner.ts'
import { isChoice, isStuck, prefersChoiceStep, proposeChoiceStep } from './choice-step.ts'
import { excludeOppositeDirections, findKnownDirections, isAgainstKnownDirection } from './known-directions.ts'
import type { Proposal, ProposalRequest } from './request.ts'
import { computeSearchBounds } from './search-bounds.ts'

/** Minimum gain to aim for, as a share of a time or a rate: one trial can hardly prove less. */
const TO_PROVE = 0.1
/** How much the expected loss during a trial counts against its expected gain: real users suffer it. */
const LOSS_WEIGHT = 0.5
/** Minimum expected gain of a promising change, as a share; others are exploratory. */
const PROMISING = 0.03
/** These reasons contain no numbers: the tuner's expectation is not the prediction, which comes from the record of such trials. */
const MOST_PROMISING = 'it is the most promising allowed change, according to all measurements on this agent and its kind'
const LOOKS_AROUND = 'no change is known to help, so this one is tried to learn its effect: no gain is predicted'
/** A step that is smaller than both shares, of what may be tried and of the present value, is not worth a trial. */
const TRIFLE = { ofBounds: 0.02, ofValue: 0.05 }
/** From this level on, a bolder change is tried if none is safe enough. */
const BALANCED = 3

/**
 * The change to try next: what the tuner suggests, or a step over a choice that was not tried yet; undefined if no knob is left that may
 * be turned. `finished` if nothing is safe enough, or if the latest trials brought no gain, have turned everything that may be turned, and
 * nothing is expected to gain more than a trial costs. It stays so until something is learned, another knob may be turned, or the figures of
 * the agent shift.
 */
export function proposeChange(asked: ProposalRequest): Proposal | 'finished' | undefined {
  const current = { ...getDefaultValues(asked.knobs), ...asked.agent.configuration.values }
  // A new release of an agent may declare bounds that a knob's current value lies outside of.
  const usable = asked.knobs.filter((knob) => validateKnobValue(knob, current[knob.name]) === undefined)
  const request = {
    ...asked,
    knobs: findNamedQuantile(asked.metric) ? usable.map((knob) => declareFor(knob, asked.metric)) : usable,
  }
  const step = proposeChoiceStep(request, current)
  if (step && prefersChoiceStep(request)) return step
  const suggested = suggestChange(request, current)
  return typeof suggested === 'object' && suggested.isPromising ? suggested : (step ?? suggested)
}

/** A knob that is declared to affect the response time affects its quantiles in the same direction. */
function declareFor(knob: Knob, quantile: MetricName): Knob {
  const declared = knob.affects.find(({ metric }) => metric === 'responseTime')
  return declared ? { ...knob, affects: [...knob.affects, { ...declared, metric: quantile }] } : knob
}

/** The change that the tuner suggests. */
function suggestChange(request: ProposalRequest, current: KnobValues): Proposal | 'finished' | undefined {
  let turnable = computeSearchBounds(request, current)
  const known = isEmpty(turnable) ? undefined : createAgentTuner(request, current, turnable)
  while (known && !isEmpty(turnable)) {
    const proposal = askTuner(known, turnable, request)
    if (!proposal) return 'finished'
    const changes = proposal.changes.filter((change) => !isTrifle(change, request, turnable))
    const refused =
      changes.length > 0 ? (findMixedChoice(changes, request) ?? request.refused(changes)) : proposal.changes[0]!.knob
    if (refused === undefined) return { ...proposal, changes }
    if (!(refused in turnable)) return undefined
    turnable = without(turnable, refused)
  }
  return undefined
}

/** A choice that would be tried together with other knobs; with an objective, each is tried alone (`choice-step.ts`). */
function findMixedChoice(changes: readonly KnobChange[], { knobs, objective }: ProposalRequest): string | undefined {
  const choices = objective && changes.length > 1 ? knobs.filter(isChoice) : []
  return choices.find(({ name }) => changes.some(({ knob }) => knob === name))?.name
}

/** Whether a number would be moved by too little to matter. */
function isTrifle({ knob: name, from, to }: KnobChange, { knobs }: ProposalRequest, turnable: SearchBounds): boolean {
  const knob = knobs.filter(isNumeric).find((each) => each.name === name)
  if (!knob || typeof from !== 'number' || typeof to !== 'number') return false
  const { min = knob.min, max = knob.max } = turnable[name] ?? {}
  const distance = (a: number, b: number) => Math.abs(getScalePosition(knob, a) - getScalePosition(knob, b))
  return distance(from, to) < TRIFLE.ofBounds * distance(min, max) && Math.abs(to - from) < TRIFLE.ofValue * Math.abs(from)
}

function askTuner(
  { tuner, present, gain, wasTried }: AgentTuner,
  turnable: SearchBounds,
  request: ProposalRequest,
): Proposal | undefined {
  const { aggressiveness, traits } = request
  // If strategies must share an agent's knobs, none may take many of them.
  const wanted = {
    maxChanges: request.maxChanges ?? getAggressivenessSettings(aggressiveness, traits).bundleSize,
    mayCopy: request.maxChanges === undefined,
  }
  const levels = aggressiveness < BALANCED ? [aggressiveness] : [aggressiveness, Math.min(5, aggressiveness + 1)]
  const mayExplore = !isStuck(request) || hasUntried(turnable, request)
  const directions = findKnownDirections(request)
  const untouched = excludeOppositeDirections(
    withoutChangedChoices(turnable, present, request.knobs),
    present,
    directions,
    request.knobs,
  )
  const rooms = [
    { turnable, lossWeight: LOSS_WEIGHT },
    { turnable: untouched, lossWeight: 0 },
  ].filter((room) => !isEmpty(room.turnable))
  // Small gains teach, too, and lead to larger ones. If none is worth its risk, only what is expected to be proven is tried.
  const aims = aggressiveness < BALANCED ? [{ toProve: TO_PROVE }] : [{}, { toProve: TO_PROVE }]
  const asks = aims.flatMap((aim) => rooms.flatMap((room) => levels.map((level) => ({ ...aim, ...room, aggressiveness: level }))))
  for (const asked of asks) {
    const { configuration, expected, finished, repeats } = tuner.ask({ ...wanted, ...asked, ...(mayExplore && { trialCost: 0 }) })
    const changes = changesBetween(present, withinBounds(configuration, turnable))
    const isPromising = expected !== undefined && gain(expected.mean) >= PROMISING
    // A prediction about a knob that no trial has turned is the tuner's guess: it does not outweigh what is known.
    const isUnwise = changes.some(
      (change) =>
        isAgainstKnownDirection(change, directions, request.knobs) && !(isPromising && isMeasured(change.knob, request)),
    )
    // The tuner measures the best so far again if it knows nothing better; that is worth a trial while it promises more than it has shown.
    const isIdle = isPromising ? repeats && (finished || !wasTried(configuration)) : repeats || wasTried(configuration)
    if (changes.length > 0 && !isUnwise && !isIdle)
      return { changes, isPromising, why: isPromising ? MOST_PROMISING : LOOKS_AROUND }
  }
  return undefined
}

/** Whether a knob may be turned that no trial has turned: what it does is worth a trial, whatever is expected. */
const hasUntried = (turnable: SearchBounds, { trials = [] }: ProposalRequest) =>
  Object.keys(turnable).some((name) => !trials.some(({ changes }) => changes.some(({ knob }) => knob === name)))

/** Whether a trial on an agent of its kind has turned a knob. */
const isMeasured = (knob: string, { lineages }: ProposalRequest) =>
  [...lineages.values()]
    .flat()
    .some(([first, ...tried]) => tried.some(({ configuration }) => !isSameValue(configuration[knob], first!.configuration[knob])))

/** The tuner rounds its values, which must not take them beyond the bounds. */
function withinBounds(configuration: KnobValues, turnable: SearchBounds): KnobValues {
  return Object.fromEntries(
    Object.entries(configuration).map(([name, value]) => {
      const { min = -Infinity, max = Infinity } = turnable[name] ?? {}
      return [name, typeof value === 'number' ? clamp(value, min, max) : value]
    }),
  )
}

function changesBetween(from: KnobValues, to: KnobValues): KnobChange[] {
  return Object.keys(to).flatMap((knob) =>
    isSameValue(from[knob], to[knob]) ? [] : [{ knob, from: from[knob]!, to: to[knob]! }],
  )
}

/** Choices that were changed helped together with other knobs: which of them matter is not known, and finding out is dangerous. */
function withoutChangedChoices(turnable: SearchBounds, present: KnobValues, knobs: readonly Knob[]): SearchBounds {
  const changed = knobs.filter((knob) => !('min' in knob) && !isSameValue(present[knob.name], knob.default))
  return changed.reduce((left, { name }) => without(left, name), turnable)
}

const isEmpty = (turnable: SearchBounds) => Object.keys(turnable).length === 0
const without = (turnable: SearchBounds, knob: string): SearchBounds =>
  Object.fromEntries(Object.entries(turnable).filter(([name]) => name !== knob))
