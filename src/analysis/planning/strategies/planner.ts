import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { pluralize } from '../../../model/format.ts'
import { getMetric, type MetricCatalogue, type MetricName, selectDeclarations } from '../../../model/metric.ts'
import { findObjective, listObjectiveMetrics, type Objective } from '../../../model/objective.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { Strategy } from '../../../model/strategy.ts'
import { type Weighed, weightedSumName } from '../../../model/weights.ts'
import { computeEffectiveAggressiveness } from '../../eligibility/capacity.ts'
import { findTrialsSinceGain, isSufficientlyExplored } from '../../eligibility/convergence.ts'
import {
  buildFacts,
  type EligibilityFacts,
  emptyRecord,
  findAgentReasons,
  findAllowedValue,
  findKnobReasons,
  highestRisk,
  needsApproval,
} from '../../eligibility/index.ts'
import { findRecentRollback } from '../../eligibility/recent-rollbacks.ts'
import { findReleaseTime } from '../../eligibility/releases.ts'
import { computeHeadroom } from '../../observing/attainment.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import { weighMetrics } from '../../observing/weighed-metrics.ts'
import { initialAutonomy } from '../../policy/autonomy.ts'
import { getMinKeptImprovement } from '../../statistics/worthwhile-effect.ts'
import { computeExpectation, createLessonKey, findCostBenefitObjection, groupLessons, type Lesson } from '../expectation/index.ts'
import { buildTrialLineages, type Proposal, proposeChange, type TrialLineage } from '../proposals/index.ts'
import { buildStrategy } from './build-strategy.ts'
import type { Intention } from './intentions.ts'
import type { StrategyRequest } from './request.ts'
import type { StrategyTarget } from './targets.ts'

/** Turns intentions into strategies, one after the other; each claims its knobs, so those that follow cannot use them. */
export class Planner {
  private readonly request: StrategyRequest
  private readonly forecasts: MetricSeriesCache
  private readonly mostChanges: number | undefined
  private readonly agents: Map<string, AgentProfile>
  private readonly trials: Map<string, FinishedTrial[]>
  private readonly lineages = new Map<string, Map<string, TrialLineage[]>>()
  private readonly lessons: Map<string, Lesson[]>
  private readonly facts = new Map<AgentProfile, EligibilityFacts>()
  private readonly reasons = new Map<AgentProfile, string | undefined>()
  private readonly openKnobs = new Map<AgentProfile, ReadonlySet<string>>()
  /** Why an intention was skipped although there were knobs to try. */
  private readonly obstacles = new Map<Intention, string>()
  private readonly taken = new Map<string, Set<string>>()
  private readonly gaveKnobs = new Set<string>()
  private readonly catalogue: MetricCatalogue
  /** Whether an intention was skipped on an agent whose knobs other strategies have claimed. */
  isShortOfKnobs = false

  constructor(request: StrategyRequest, forecasts: MetricSeriesCache, mostChanges?: number) {
    this.request = request
    this.forecasts = forecasts
    this.mostChanges = mostChanges
    this.catalogue = (request.eligibility ?? emptyRecord).fleet.catalogue
    this.agents = new Map(request.snapshot.agents.map((agent) => [agent.agentId, agent]))
    const oldestFirst = request.experience.toSorted((a, b) => a.at - b.at)
    this.trials = Map.groupBy(oldestFirst, ({ kind }) => kind)
    this.lessons = groupLessons(request.experience)
  }

  /**
   * The strategy on the first target that has a knob left to try and is worth a trial; undefined if there is none. Approval is requested
   * only if nothing promising is left that needs none; purely exploratory changes come last and never request it.
   */
  plan(intention: Intention): Strategy | undefined {
    const looks: (() => Strategy | undefined)[] = []
    for (const asking of [false, true]) {
      for (const target of intention.targets) {
        const agent = this.agents.get(target.agentId)
        const metric = getMetric(this.catalogue, target.metric)
        if (agent && computeHeadroom(metric, agent) < getMinKeptImprovement(metric)) {
          this.obstacles.set(intention, `the ${metric.label} of ${target.agentId} is already close to its best`)
          continue
        }
        const proposal = agent && !this.reasonAgainst(agent) && this.propose(target, agent, asking)
        if (!proposal) continue
        const take = () => this.takeIfWorthIt(intention, target, agent, proposal)
        if (!proposal.isPromising) {
          if (this.isKnown(agent)) this.obstacles.set(intention, `no change left to try on ${target.agentId} is expected to help`)
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

  /** Why an intention was skipped, as a clause for a person. */
  explainSkip(intention: Intention): string {
    const { targets, withoutTargets } = intention
    if (targets.length === 0) return withoutTargets
    const obstacle = this.obstacles.get(intention)
    if (obstacle) return obstacle
    const agents = [...new Set(targets.map(({ agentId }) => agentId))]
    const eligible = agents.filter((agentId) => !this.reasonAgainst(this.agents.get(agentId)))
    if (eligible.length > 0) {
      const where = eligible.length > 3 ? `${eligible.length} agents` : eligible.join(', ')
      return `no change that is safe enough is left to try on ${where}`
    }
    const reasons = [...new Set(agents.map((agentId) => this.reasonAgainst(this.agents.get(agentId))))]
    const more = reasons.length - 3
    return [...reasons.slice(0, 3), ...(more > 0 ? [`and ${pluralize(more, 'other reason')} on other agents`] : [])].join('; ')
  }

  /** The facts that decide whether something may be tried on an agent. */
  private factsOf(agent: AgentProfile): EligibilityFacts {
    const known = this.facts.get(agent)
    if (known) return known
    const { agentId, kind, instances, decisionCount, configuration } = agent
    const facts = buildFacts(
      this.request.eligibility ?? emptyRecord,
      {
        agentId,
        kind,
        liveInstances: instances,
        executions: decisionCount,
        knobs: this.request.knobs[agentId] ?? [],
        values: configuration.values,
        trials: this.trialsOf(agent),
        lastShiftAt: () => this.forecasts.lastShiftAt(agentId),
      },
      this.request,
    )
    this.facts.set(agent, facts)
    return facts
  }

  private objectiveOf(agent: AgentProfile): Objective | undefined {
    return findObjective(this.factsOf(agent).fleet.objectives, agent)
  }

  /** The metrics that a target consists of, if it is a weighted sum. */
  private weighedFor(target: MetricName, agent: AgentProfile): Weighed | undefined {
    const objective = this.objectiveOf(agent)
    const weighed = objective && target === weightedSumName ? weighMetrics(objective, agent, this.catalogue) : undefined
    return typeof weighed === 'string' ? undefined : weighed
  }

  /** Why nothing may be planned on an agent now. */
  private reasonAgainst(agent: AgentProfile | undefined): string | undefined {
    if (!agent) return undefined
    if (!this.reasons.has(agent)) {
      const reasons = findAgentReasons(this.factsOf(agent), 'planning')
      this.reasons.set(agent, reasons.length > 0 ? reasons.map(({ reason }) => reason).join('; ') : undefined)
    }
    return this.reasons.get(agent)
  }

  /** The names of the knobs that may be turned. */
  private openKnobsOf(agent: AgentProfile): ReadonlySet<string> {
    const known = this.openKnobs.get(agent)
    if (known) return known
    const facts = this.factsOf(agent)
    const open = new Set(facts.knobs.filter((knob) => findKnobReasons(facts, knob).length === 0).map(({ name }) => name))
    this.openKnobs.set(agent, open)
    return open
  }

  /** Whether enough is known about an agent to try only changes that are expected to help. */
  private isKnown(agent: AgentProfile): boolean {
    const own = this.trialsOf(agent)
    const others = (this.trials.get(agent.kind)?.length ?? 0) - own.length
    const releasedAt = findReleaseTime(this.factsOf(agent).releases)
    const isExplored = (since: number) => isSufficientlyExplored(findTrialsSinceGain(own, since), others)
    return isExplored(releasedAt) && isExplored(Math.max(releasedAt, this.forecasts.lastShiftAt(agent.agentId)))
  }

  /** Never mixes knobs that need approval with others: a change that needs none must not wait. */
  private propose({ metric }: StrategyTarget, agent: AgentProfile, asking: boolean): Proposal | undefined {
    const facts = this.factsOf(agent)
    const open = this.openKnobsOf(agent)
    const taken = this.taken.get(agent.agentId)
    return proposeChange({
      agent,
      knobs: facts.knobs,
      metric,
      catalogue: this.catalogue,
      weighed: this.weighedFor(metric, agent),
      objective: this.objectiveOf(agent),
      lineages: this.lineagesOf(agent),
      aggressiveness: computeEffectiveAggressiveness(facts.fleet),
      isOpen: ({ name, risk }) => open.has(name) && !taken?.has(name) && needsApproval(risk, this.autonomy(agent)) === asking,
      allowed: (knob, from, to) => findAllowedValue(facts, knob, from, to),
      refused: (changes) => findRecentRollback(changes, facts.trials, this.request.now, facts.releases)?.knob,
      mostChanges: this.mostChanges,
    })
  }

  /** Trials on agents of its kind by lineage; cached because building them takes longer than planning. */
  private lineagesOf({ kind, agentId: asking }: AgentProfile): Map<string, TrialLineage[]> {
    const known = this.lineages.get(kind)
    if (known) return known
    const { knobs } = this.request
    const byAgent = Map.groupBy(this.trials.get(kind) ?? [], ({ agentId }) => agentId)
    const build = (agentId: string, trials: FinishedTrial[]) =>
      buildTrialLineages(trials, this.catalogue, knobs[agentId] ?? knobs[asking])
    const all = new Map([...byAgent].map(([agentId, trials]) => [agentId, build(agentId, trials)]))
    this.lineages.set(kind, all)
    return all
  }

  private trialsOf({ agentId, kind }: AgentProfile): FinishedTrial[] {
    return (this.trials.get(kind) ?? []).filter((trial) => trial.agentId === agentId)
  }

  private lessonsOf({ type }: Intention, metric: MetricName): Lesson[] {
    return this.lessons.get(createLessonKey(type, metric)) ?? []
  }

  private autonomy({ kind }: AgentProfile): number {
    return this.request.policy.autonomyByKind[kind] ?? initialAutonomy
  }

  /** The facts that a person needs to approve it; undefined if it needs no approval. */
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
    const metric = getMetric(this.catalogue, target.metric)
    const objective = this.objectiveOf(agent)
    const named = [metric.name, ...(objective ? listObjectiveMetrics(objective) : []), ...Object.keys(agent.metrics)]
    return buildStrategy({
      intention,
      target,
      metric,
      proposal,
      expected,
      asks,
      knobs: knobs[target.agentId]!,
      most: computeHeadroom(metric, agent),
      thresholds,
      objective,
      declared: selectDeclarations(this.catalogue, named),
      weighed: this.weighedFor(metric.name, agent),
    })
  }

  private take({ agentId, actions }: Strategy): void {
    this.gaveKnobs.add(agentId)
    this.taken.set(agentId, new Set([...(this.taken.get(agentId) ?? []), ...actions.map(({ knob }) => knob)]))
  }
}
