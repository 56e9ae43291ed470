import { type Knob, type KnobValue, type Risk, riskSchema } from '../../model/knob.ts'
import { boldness } from '../aggressiveness.ts'
import { type Candidate, candidates, declaredDirection } from './candidates.ts'
import { type KnobTrial, trialsByKnob } from './evidence.ts'
import { type Score, score } from './score.ts'
import type { Proposal, Tuner, TuningRequest } from './tuner.ts'

interface Option extends Candidate, Score {
  /** May be turned together with others: declared to help and never tried, so little is to be learned from it alone. */
  bundles: boolean
}

/**
 * A local search (Hooke and Jeeves 1961, expansion 2, contraction ½) over the knobs declared to affect the metric:
 * one step from the running configuration, in the direction declarations and past trials suggest.
 */
export const localSearch: Tuner = {
  propose(request) {
    const { allowedRisk, stepFraction, bundleSize } = boldness(request.aggressiveness)
    const knobs = request.knobs.filter((knob) => isOpen(knob, request, allowedRisk))
    const histories = trialsByKnob(knobs, request.trials)
    const lastKeptAt = request.trials.findLast(({ verdict }) => verdict === 'keep')?.at ?? 0
    const options = knobs
      .flatMap((knob) => optionsOf(knob, request, histories.get(knob.name) ?? [], { stepFraction, lastKeptAt }))
      .sort((a, b) => b.points - a.points)
    const [best] = options
    return best && proposal(bundle(best, options, request.maxChanges ?? bundleSize))
  },
}

/** Nothing restarts an agent for a trial, so a `restart` knob could not take effect in one. */
function isOpen(knob: Knob, { metric, exclude }: TuningRequest, allowedRisk: Risk): boolean {
  return (
    knob.applies === 'live' &&
    knob.affects.some((affected) => affected.metric === metric) &&
    !exclude.has(knob.name) &&
    riskSchema.options.indexOf(knob.risk) <= riskSchema.options.indexOf(allowedRisk)
  )
}

function optionsOf(
  knob: Knob,
  { metric, current, resourceMode, allowed = (_knob, _from, to) => to }: TuningRequest,
  history: readonly KnobTrial[],
  search: { stepFraction: number; lastKeptAt: number },
): Option[] {
  const from: KnobValue = current[knob.name] ?? knob.default
  return candidates(knob, from, history, { metric, allowed, ...search }).map((candidate) => ({
    ...candidate,
    ...score(candidate, metric, history, resourceMode),
    bundles: history.length === 0 && declaredDirection(knob, metric) !== undefined,
  }))
}

/** The best option, and with it other untried ones, those for other purposes first. */
function bundle(best: Option, options: readonly Option[], size: number): Option[] {
  const chosen = [best]
  const others = best.bundles ? options.filter((option) => option.bundles && option.points > 0) : []
  while (chosen.length < size) {
    const free = others.filter((option) => chosen.every(({ knob }) => knob.name !== option.knob.name))
    const next = free.find((option) => chosen.every(({ knob }) => knob.purpose !== option.knob.purpose)) ?? free[0]
    if (!next) break
    chosen.push(next)
  }
  return chosen
}

function proposal(chosen: readonly Option[]): Proposal {
  return {
    changes: chosen.map(({ knob, from, to }) => ({ knob: knob.name, from, to })),
    why: chosen.map(({ knob, from, to, reason }) => `${knob.name} ${shown(from)} → ${shown(to)}: ${reason}`).join('; '),
  }
}

const shown = (value: KnobValue) => (Array.isArray(value) ? value.join(', ') : String(value))
