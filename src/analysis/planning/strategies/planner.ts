import { createDefaultRules, selectRules } from '../../../model/bottleneck-rule.ts'
import { getMetric, type MetricCatalogue } from '../../../model/metric.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { computeEffectiveAggressiveness } from '../../eligibility/capacity.ts'
import { listUntriedValues } from '../../eligibility/choice-steps.ts'
import { emptyRecord, findAllowedValue, findApprovalNeed, findChangeReasons, needsApproval } from '../../eligibility/index.ts'
import { computeHeadroom } from '../../observing/attainment.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import { initialAutonomy } from '../../policy/autonomy.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'
import {
  computeExpectation,
  createEvidenceKey,
  findCostBenefitObjection,
  groupEvidence,
  type TrialEvidence,
  withoutExpectedGain,
} from '../expectation/index.ts'
import { buildTrialLineages, mayAffect, type Proposal, proposeChange, type TrialLineage } from '../proposals/index.ts'
import { describeBlockedKnobs, joinReasons } from './blocked-knobs.ts'
import { buildStrategy } from './build-strategy.ts'
import type { Opportunity } from './opportunities.ts'
import { PlanningFacts } from './planning-facts.ts'
import type { StrategyRequest } from './request.ts'
import type { StrategyTarget } from './targets.ts'

/** Turns opportunities into strategies, one after the other; each claims its knobs, so those that follow cannot use them. */
export class Planner {
  private readonly request: StrategyRequest
  private readonly maxChanges: number | undefined
  private readonly agents: Map<string, AgentProfile>
  private readonly lineages = new Map<string, TrialLineage[]>()
  private readonly evidence: Map<string, TrialEvidence[]>
  private readonly facts: PlanningFacts
  /** Why an opportunity was skipped although there were knobs to try. */
  private readonly obstacles = new Map<Opportunity, string>()
  private readonly taken = new Map<string, Set<string>>()
  private readonly gaveKnobs = new Set<string>()
  private readonly catalogue: MetricCatalogue
  /** Whether an opportunity was skipped on an agent whose knobs other strategies have claimed. */
  isShortOfKnobs = false

  constructor(request: StrategyRequest, forecasts: MetricSeriesCache, maxChanges?: number) {
    this.request = request
    this.maxChanges = maxChanges
    this.catalogue = (request.eligibility ?? emptyRecord).fleet.catalogue
    this.agents = new Map(request.snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.facts = new PlanningFacts(request, forecasts)
    this.evidence = groupEvidence(request.experience)
  }

  /**
   * The strategy on the first target that has a knob left to try and is worth a trial; undefined if there is none. Approval is requested
   * only if nothing promising is left that needs none; purely exploratory changes come last and never request it.
   */
  plan(opportunity: Opportunity): Strategy | undefined {
    const looks: (() => Strategy | undefined)[] = []
    for (const asking of [false, true]) {
      for (const target of opportunity.targets) {
        const agent = this.agents.get(target.agentId)
        const metric = getMetric(this.catalogue, target.metric)
        if (agent && computeHeadroom(metric, agent) < getMinKeptImprovement(metric)) {
          this.obstacles.set(opportunity, `the ${metric.label} of ${target.agentId} is already close to its best`)
          continue
        }
        const proposal = agent && !this.facts.reasonAgainst(agent) && this.propose(target, agent, asking)
        if (!proposal) continue
        if (proposal === 'finished') {
          this.obstacles.set(opportunity, describeFinished(target.agentId))
          continue
        }
        const take = () => this.takeIfWorthIt(opportunity, target, agent, proposal)
        if (!proposal.isPromising) {
          if (this.facts.isKnown(agent))
            this.obstacles.set(opportunity, `no change left to try on ${target.agentId} is expected to help`)
          else if (!asking) looks.push(take)
          else
            this.obstacles.set(
              opportunity,
              `the remaining changes on ${target.agentId} need approval, which is requested only for changes that are expected to help`,
            )
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
    this.isShortOfKnobs ||= opportunity.targets.some(({ agentId }) => this.gaveKnobs.has(agentId))
    return undefined
  }

  private takeIfWorthIt(
    opportunity: Opportunity,
    target: StrategyTarget,
    agent: AgentProfile,
    proposal: Proposal,
  ): Strategy | undefined {
    const strategy = this.strategy(opportunity, target, agent, proposal)
    const reason = findCostBenefitObjection(strategy, agent.instances, this.facts.of(agent).fleet.traits)
    if (reason) {
      this.obstacles.set(opportunity, reason)
      return undefined
    }
    this.take(strategy)
    return strategy
  }

  /** Why an opportunity was skipped, as a clause for a person. */
  explainSkip(opportunity: Opportunity): string {
    const { targets, withoutTargets } = opportunity
    if (targets.length === 0) return withoutTargets
    const obstacle = this.obstacles.get(opportunity)
    if (obstacle) return obstacle
    const reasons = targets.map((target) => this.facts.reasonAgainst(this.agents.get(target.agentId)) ?? this.closedKnobs(target))
    const open = [...new Set(targets.filter((_, index) => reasons[index] === undefined).map(({ agentId }) => agentId))]
    if (open.length === 0) return joinReasons([...new Set(reasons as string[])])
    const where = open.length > 3 ? `${open.length} agents` : open.join(', ')
    return `no sufficiently safe change is left to try on ${where}`
  }

  /** Why no knob that affects a target could be turned for it; undefined if one could. */
  private closedKnobs({ agentId, metric }: StrategyTarget): string | undefined {
    const agent = this.agents.get(agentId)
    if (!agent) return undefined
    const facts = this.facts.of(agent)
    const knobs = facts.knobs.filter((knob) => mayAffect(knob, { metric, objective: this.facts.objectiveOf(agent) }))
    return describeBlockedKnobs(facts, knobs, this.taken.get(agentId))
  }

  /** Never mixes knobs that need approval with others: a change that needs none must not wait. */
  private propose(
    { metric, objective }: StrategyTarget,
    agent: AgentProfile,
    asking: boolean,
  ): Proposal | 'finished' | undefined {
    const facts = this.facts.of(agent)
    const open = this.facts.openKnobsOf(agent)
    const taken = this.taken.get(agent.agentId)
    return proposeChange({
      agent,
      knobs: facts.knobs,
      metric,
      catalogue: this.catalogue,
      objective: objective ?? this.facts.objectiveOf(agent),
      lineages: this.lineagesOf(agent),
      aggressiveness: computeEffectiveAggressiveness(facts.fleet),
      traits: facts.fleet.traits,
      isOpen: ({ name, risk }) => open.has(name) && !taken?.has(name) && needsApproval(risk, this.autonomy(agent)) === asking,
      allowed: (knob, from, to) => findAllowedValue(facts, knob, from, to),
      refused: (changes) => {
        const [reason] = findChangeReasons({ ...facts, target: metric }, changes)
        return reason && (reason.knob ?? reason.leaveOut ?? changes[0]!.knob)
      },
      trials: facts.trials,
      untried: (knob) => listUntriedValues(facts, knob),
      maxChanges: this.maxChanges,
    })
  }

  /** Trials on agents of its kind by lineage; cached because building them takes longer than planning. */
  private lineagesOf({ kind, agentId: asking }: AgentProfile): Map<string, TrialLineage[]> {
    const { knobs } = this.request
    const lineages = [...(this.facts.trialsByKind.get(kind) ?? [])].map(([agentId, trials]) => {
      // Knobs that an agent that is gone did not declare are taken from the agent that asks.
      const declaring = knobs[agentId] ? agentId : asking
      const key = `${agentId} ${declaring}`
      const built = this.lineages.get(key) ?? buildTrialLineages(trials, this.catalogue, knobs[declaring])
      this.lineages.set(key, built)
      return [agentId, built] as const
    })
    return new Map(lineages)
  }

  private autonomy({ kind }: AgentProfile): number {
    return this.request.policy.autonomyByKind[kind] ?? initialAutonomy
  }

  private strategy(opportunity: Opportunity, target: StrategyTarget, agent: AgentProfile, proposal: Proposal): Strategy {
    const { knobs, thresholds, bottleneckRules = [] } = this.request
    const subject = opportunity.type === 'system_performance' ? 'system' : agent
    const evidence = this.evidence.get(createEvidenceKey(opportunity.type, target.metric)) ?? []
    const usual = computeExpectation(opportunity.prior, agent, evidence)
    const expected = proposal.isPromising ? usual : withoutExpectedGain(usual)
    const changed = proposal.changes.map(({ knob }) => knob)
    const asks = findApprovalNeed(knobs[agent.agentId]!, changed, this.autonomy(agent))
    return buildStrategy({
      opportunity,
      target,
      agent,
      proposal,
      expected,
      asks,
      knobs: knobs[target.agentId]!,
      rules: selectRules(bottleneckRules, createDefaultRules(thresholds), subject),
      objective: target.objective ?? this.facts.objectiveOf(agent),
      catalogue: this.catalogue,
    })
  }

  private take({ agentId, actions }: Strategy): void {
    this.gaveKnobs.add(agentId)
    this.taken.set(agentId, new Set([...(this.taken.get(agentId) ?? []), ...actions.map(({ knob }) => knob)]))
  }
}

const describeFinished = (agentId: string) =>
  `nothing to gain on ${agentId} for now: no sufficiently safe trial is expected to gain more than it costs; this may change as conditions change or more is learned`
