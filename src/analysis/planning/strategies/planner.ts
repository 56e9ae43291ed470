import type { FinishedTrial } from '../../../model/finished-trial.ts'
import type { JudgedMetric } from '../../../model/knob.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { highestRisk, needsApproval } from '../../eligibility/approval.ts'
import { findFruitlessTrials, findReasonToSkip } from '../../eligibility/left-alone.ts'
import { findRejectedKnob } from '../../eligibility/refused.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import { startingAutonomy } from '../../policy/autonomy.ts'
import {
  computeExpectation,
  createLessonKey,
  findCostBenefitObjection,
  findTrialsSinceGain,
  groupLessons,
  isSufficientlyExplored,
  type Lesson,
  minKeptImprovement,
} from '../expectation/index.ts'
import { buildTrialLineages, type Proposal, proposeChange, type TrialLineage } from '../proposals/index.ts'
import { headroom } from './attainment.ts'
import { buildStrategy } from './build-strategy.ts'
import type { Intention } from './intentions.ts'
import type { StrategyRequest } from './request.ts'
import type { StrategyTarget } from './targets.ts'

/** Turns intentions into strategies, one after the other; each takes its knobs away from those that follow. */
export class Planner {
  private readonly request: StrategyRequest
  private readonly forecasts: MetricSeriesCache
  private readonly mostChanges: number | undefined
  private readonly agents: Map<string, AgentProfile>
  private readonly trials: Map<string, FinishedTrial[]>
  private readonly courses = new Map<string, Map<string, TrialLineage[]>>()
  private readonly lessons: Map<string, Lesson[]>
  private readonly left = new Map<AgentProfile, string | undefined>()
  /** Why something came to nothing, though there were knobs to try. */
  private readonly obstacles = new Map<Intention, string>()
  private readonly taken: Map<string, Set<string>>
  private readonly gaveKnobs = new Set<string>()
  /** Whether something came to nothing on an agent of which other strategies turn knobs. */
  isShortOfKnobs = false

  constructor(request: StrategyRequest, forecasts: MetricSeriesCache, mostChanges?: number) {
    this.request = request
    this.forecasts = forecasts
    this.mostChanges = mostChanges
    this.agents = new Map(request.snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.taken = new Map(Object.entries(request.resting ?? {}).map(([agentId, knobs]) => [agentId, new Set(knobs)]))
    const oldestFirst = request.experience.toSorted((a, b) => a.at - b.at)
    this.trials = Map.groupBy(oldestFirst, ({ kind }) => kind)
    this.lessons = groupLessons(request.experience)
  }

  /**
   * The strategy on the first target that has a knob left to try and is worth it; undefined when none is. A person is asked only where
   * nothing promising is left that may be done without one; what just shows something comes last, and asks nobody.
   */
  plan(intention: Intention): Strategy | undefined {
    const looks: (() => Strategy | undefined)[] = []
    for (const asking of [false, true]) {
      for (const target of intention.targets) {
        const agent = this.agents.get(target.agentId)
        if (agent && headroom(target.metric, agent) < minKeptImprovement[target.metric]) {
          this.obstacles.set(intention, `${target.agentId} is at its best there already`)
          continue
        }
        const proposal = agent && !this.reasonToLeave(agent) && this.propose(target, agent, asking)
        if (!proposal) continue
        const take = () => this.takeIfWorthIt(intention, target, agent, proposal)
        if (!proposal.isPromising) {
          if (this.isKnown(agent))
            this.obstacles.set(intention, `nothing that is left to try on ${target.agentId} is expected to help`)
          else if (!asking) looks.push(take)
          continue
        }
        const strategy = take()
        if (strategy) return strategy
      }
    }
    for (const take of looks) {
      const strategy = take()
      if (strategy) return strategy
    }
    this.isShortOfKnobs ||= intention.targets.some(({ agentId }) => this.gaveKnobs.has(agentId))
    return undefined
  }

  private takeIfWorthIt(
    intention: Intention,
    target: StrategyTarget,
    agent: AgentProfile,
    proposal: Proposal,
  ): Strategy | undefined {
    const strategy = this.strategy(intention, target, agent, proposal)
    const reason = findCostBenefitObjection(strategy, agent.instances)
    if (reason) {
      this.obstacles.set(intention, reason)
      return undefined
    }
    this.take(strategy)
    return strategy
  }

  /** Why an intention came to nothing, for a person. */
  explainSkip(intention: Intention): string {
    const { targets, withoutTargets } = intention
    const { focus } = this.request.policy
    if (targets.length === 0) return focus ? `the focus is on ${focus}` : withoutTargets
    const obstacle = this.obstacles.get(intention)
    if (obstacle) return obstacle
    const agents = [...new Set(targets.map(({ agentId }) => agentId))]
    const left = agents.map((agentId) => this.reasonToLeave(this.agents.get(agentId)))
    if (left.every((reason) => reason !== undefined)) return left.slice(0, 3).join('; ')
    return `nothing that is safe enough is left to try on ${agents.length > 3 ? `${agents.length} agents` : agents.join(', ')}`
  }

  /** Why nothing is tried on an agent at present, in words. */
  private reasonToLeave(agent: AgentProfile | undefined): string | undefined {
    if (!agent) return undefined
    if (!this.left.has(agent)) this.left.set(agent, findReasonToSkip(agent, this.request, this.trialsOf(agent), this.forecasts))
    return this.left.get(agent)
  }

  /** Whether so much is known of an agent that only what is expected to help is tried on it. */
  private isKnown(agent: AgentProfile): boolean {
    const own = this.trialsOf(agent)
    const others = (this.trials.get(agent.kind)?.length ?? 0) - own.length
    return (
      isSufficientlyExplored(findTrialsSinceGain(own), others) &&
      isSufficientlyExplored(findFruitlessTrials(agent.agentId, own, this.forecasts), others)
    )
  }

  /** Never with both kinds of knobs: what needs no person must not wait for one. */
  private propose({ metric }: StrategyTarget, agent: AgentProfile, asking: boolean): Proposal | undefined {
    const { policy, restraint, now } = this.request
    const exclude = this.taken.get(agent.agentId)
    const trials = this.trialsOf(agent)
    return proposeChange({
      agent,
      knobs: this.request.knobs[agent.agentId] ?? [],
      metric,
      lineages: this.coursesOf(agent),
      aggressiveness: policy.aggressiveness,
      resourceMode: policy.resourceMode,
      isOpen: ({ name, risk }) => !exclude?.has(name) && needsApproval(risk, this.autonomy(agent)) === asking,
      allowed: (knob, from, to) => (restraint ? restraint.allowed(agent, knob, from, to) : to),
      refused: (changes) => findRejectedKnob(changes, trials, now),
      mostChanges: this.mostChanges,
    })
  }

  /** What was tried on agents of its kind; to sort it out takes longer than to plan. */
  private coursesOf({ kind }: AgentProfile): Map<string, TrialLineage[]> {
    const known = this.courses.get(kind)
    if (known) return known
    const byAgent = Map.groupBy(this.trials.get(kind) ?? [], ({ agentId }) => agentId)
    const all = new Map([...byAgent].map(([agentId, trials]) => [agentId, buildTrialLineages(trials)]))
    this.courses.set(kind, all)
    return all
  }

  private trialsOf({ agentId, kind }: AgentProfile): FinishedTrial[] {
    return (this.trials.get(kind) ?? []).filter((trial) => trial.agentId === agentId)
  }

  private lessonsOf({ type }: Intention, metric: JudgedMetric): Lesson[] {
    return this.lessons.get(createLessonKey(type, metric)) ?? []
  }

  private autonomy({ kind }: AgentProfile): number {
    return this.request.policy.autonomyByKind[kind] ?? startingAutonomy
  }

  /** What a person has to know before approving it; undefined where nobody has to. */
  private asks(agent: AgentProfile, { changes }: Proposal): Strategy['asks'] {
    const turned = this.request.knobs[agent.agentId]!.filter(({ name }) => changes.some(({ knob }) => knob === name))
    const risk = highestRisk(turned.map((knob) => knob.risk))
    const autonomy = this.autonomy(agent)
    return needsApproval(risk, autonomy) ? { risk, autonomy } : undefined
  }

  private strategy(intention: Intention, target: StrategyTarget, agent: AgentProfile, proposal: Proposal): Strategy {
    const { knobs, thresholds } = this.request
    const expected = computeExpectation(intention.prior, agent, this.lessonsOf(intention, target.metric))
    const asks = this.asks(agent, proposal)
    const most = headroom(target.metric, agent)
    return buildStrategy({ intention, target, proposal, expected, asks, knobs: knobs[target.agentId]!, most, thresholds })
  }

  private take({ agentId, actions }: Strategy): void {
    this.gaveKnobs.add(agentId)
    this.taken.set(agentId, new Set([...(this.taken.get(agentId) ?? []), ...actions.map(({ knob }) => knob)]))
  }
}
