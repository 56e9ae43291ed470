import type { TrialRecord } from '../../model/experience.ts'
import type { JudgedMetric } from '../../model/knob.ts'
import type { AgentProfile } from '../../model/profile.ts'
import type { Strategy } from '../../model/strategy.ts'
import { asksFirst, highestRisk } from '../approval.ts'
import { startingAutonomy } from '../autonomy.ts'
import type { Forecasts } from '../forecasting/index.ts'
import { expectation, type Lesson, lessonsBySort, notWorthIt, posterior, sortOf, worthRepeating } from '../learning/index.ts'
import type { Proposal, Tuner, TuningRequest } from '../tuning/tuner.ts'
import { assembled } from './assembled.ts'
import type { Intention } from './intentions.ts'
import { reasonToLeave } from './left-alone.ts'
import { isOpen } from './open.ts'
import type { StrategyRequest } from './request.ts'
import type { Target } from './targets.ts'

/** Turns intentions into strategies, one after the other; each takes its knobs away from those that follow. */
export class Planner {
  private readonly request: StrategyRequest
  private readonly forecasts: Forecasts
  private readonly tuner: Tuner
  private readonly maxChanges: number | undefined
  private readonly agents: Map<string, AgentProfile>
  private readonly trialsByKind: Map<string, TrialRecord[]>
  private readonly lessons: Map<string, Lesson[]>
  private readonly left = new Map<AgentProfile, string | undefined>()
  private readonly tooCostly = new Map<Intention, string>()
  private readonly taken: Map<string, Set<string>>

  constructor(request: StrategyRequest, forecasts: Forecasts, tuner: Tuner, maxChanges?: number) {
    this.request = request
    this.forecasts = forecasts
    this.tuner = tuner
    this.maxChanges = maxChanges
    this.agents = new Map(request.snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.taken = new Map(Object.entries(request.resting ?? {}).map(([agentId, knobs]) => [agentId, new Set(knobs)]))
    const oldestFirst = request.experience.toSorted((a, b) => a.at - b.at)
    this.trialsByKind = Map.groupBy(oldestFirst, ({ kind }) => kind)
    this.lessons = lessonsBySort(request.experience)
  }

  /**
   * The strategy on the first target that has a knob left to try and is worth it; undefined when none is. A person is asked only where
   * nothing is left that may be done without one.
   */
  plan(intention: Intention): Strategy | undefined {
    for (const asking of [false, true]) {
      for (const target of intention.targets) {
        const agent = this.agents.get(target.agentId)
        const proposal = agent && !this.reasonToLeave(agent) && this.propose(intention, target, agent, asking)
        if (!proposal) continue
        const strategy = this.strategy(intention, target, agent, proposal)
        const reason = notWorthIt(strategy, agent.instances)
        if (reason) {
          this.tooCostly.set(intention, reason)
          continue
        }
        this.take(strategy)
        return strategy
      }
    }
    return undefined
  }

  /** Why an intention came to nothing, for a person. */
  reasonAgainst(intention: Intention): string {
    const { targets, withoutTargets } = intention
    const { focus } = this.request.policy
    if (targets.length === 0) return focus ? `the focus is on ${focus}` : withoutTargets
    const tooCostly = this.tooCostly.get(intention)
    if (tooCostly) return tooCostly
    const agents = [...new Set(targets.map(({ agentId }) => agentId))]
    const left = agents.map((agentId) => this.reasonToLeave(this.agents.get(agentId)))
    if (left.every((reason) => reason !== undefined)) return left.slice(0, 3).join('; ')
    return `no knob of ${agents.length > 3 ? `${agents.length} agents` : agents.join(', ')} is left to try`
  }

  /** Why nothing is tried on an agent at present, in words. */
  private reasonToLeave(agent: AgentProfile | undefined): string | undefined {
    if (!agent) return undefined
    if (!this.left.has(agent)) this.left.set(agent, reasonToLeave(agent, this.request, this.forecasts))
    return this.left.get(agent)
  }

  /** Never with both kinds of knobs: what needs no person must not wait for one. */
  private propose(intention: Intention, { metric }: Target, agent: AgentProfile, asking: boolean): Proposal | undefined {
    const { policy, restraint, now } = this.request
    const declared = this.request.knobs[agent.agentId] ?? []
    const tuning: TuningRequest = {
      knobs: declared.filter(({ risk }) => asksFirst(risk, this.autonomy(agent)) === asking),
      current: agent.configuration.values,
      metric,
      trials: this.trialsByKind.get(agent.kind) ?? [],
      aggressiveness: policy.aggressiveness,
      resourceMode: policy.resourceMode,
      allowed: (knob, from, to) => (restraint ? restraint.allowed(agent, knob, from, to) : to),
      exclude: this.taken.get(agent.agentId) ?? new Set(),
      maxChanges: this.maxChanges,
    }
    const own = tuning.trials.filter(({ agentId }) => agentId === agent.agentId)
    const expected = posterior(intention.prior.improvement, agent, this.lessonsOf(intention, metric))
    const again = { metric, current: tuning.current, expected, now }
    return worthRepeating(own, again, (changes) => isOpen(changes, tuning)) ?? this.tuner.propose(tuning)
  }

  private lessonsOf({ type }: Intention, metric: JudgedMetric): Lesson[] {
    return this.lessons.get(sortOf(type, metric)) ?? []
  }

  private autonomy({ kind }: AgentProfile): number {
    return this.request.policy.autonomyByKind[kind] ?? startingAutonomy
  }

  /** What a person has to know before approving it; undefined where nobody has to. */
  private asks(agent: AgentProfile, { changes }: Proposal): Strategy['asks'] {
    const turned = this.request.knobs[agent.agentId]!.filter(({ name }) => changes.some(({ knob }) => knob === name))
    const risk = highestRisk(turned.map((knob) => knob.risk))
    const autonomy = this.autonomy(agent)
    return asksFirst(risk, autonomy) ? { risk, autonomy } : undefined
  }

  private strategy(intention: Intention, target: Target, agent: AgentProfile, proposal: Proposal): Strategy {
    const { knobs, thresholds } = this.request
    const expected = expectation(intention.prior, agent, this.lessonsOf(intention, target.metric))
    const asks = this.asks(agent, proposal)
    return assembled({ intention, target, proposal, expected, asks, knobs: knobs[target.agentId]!, thresholds })
  }

  private take({ agentId, actions }: Strategy): void {
    this.taken.set(agentId, new Set([...(this.taken.get(agentId) ?? []), ...actions.map(({ knob }) => knob)]))
  }
}
