import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { findObjective, type Objective } from '../../../model/objective.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import { findTrialsSinceGain, isSufficientlyExplored, selectTrialsForObjective } from '../../eligibility/convergence.ts'
import { buildFacts, type EligibilityFacts, emptyRecord, findAgentReasons, findKnobReasons } from '../../eligibility/index.ts'
import { findReleaseTime } from '../../eligibility/releases.ts'
import type { MetricSeriesCache } from '../../observing/forecasting/index.ts'
import type { StrategyRequest } from './request.ts'

type Request = Pick<StrategyRequest, 'experience' | 'eligibility' | 'knobs' | 'policy' | 'now'>

/** The facts about each agent that decide what may be planned, computed once. */
export class PlanningFacts {
  /** Kind → agent → its trials, oldest first. */
  readonly trialsByKind: ReadonlyMap<string, ReadonlyMap<string, FinishedTrial[]>>
  private readonly request: Request
  private readonly forecasts: MetricSeriesCache
  private readonly facts = new Map<AgentProfile, EligibilityFacts>()
  private readonly reasons = new Map<AgentProfile, string | undefined>()
  private readonly openKnobs = new Map<AgentProfile, ReadonlySet<string>>()

  constructor(request: Request, forecasts: MetricSeriesCache) {
    this.request = request
    this.forecasts = forecasts
    const oldestFirst = request.experience.toSorted((a, b) => a.at - b.at)
    const byKind = [...Map.groupBy(oldestFirst, ({ kind }) => kind)]
    this.trialsByKind = new Map(byKind.map(([kind, trials]) => [kind, Map.groupBy(trials, ({ agentId }) => agentId)]))
  }

  /** The facts that decide whether something may be tried on an agent. */
  of(agent: AgentProfile): EligibilityFacts {
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

  /** The objective of an agent, of its kind or of the fleet. */
  objectiveOf(agent: AgentProfile): Objective | undefined {
    return findObjective(this.of(agent).fleet.objectives, agent)
  }

  /** Why nothing may be planned on an agent now. */
  reasonAgainst(agent: AgentProfile | undefined): string | undefined {
    if (!agent) return undefined
    if (!this.reasons.has(agent)) {
      const reasons = findAgentReasons(this.of(agent), 'planning')
      this.reasons.set(agent, reasons.length > 0 ? reasons.map(({ reason }) => reason).join('; ') : undefined)
    }
    return this.reasons.get(agent)
  }

  /** The names of the knobs that may be turned. */
  openKnobsOf(agent: AgentProfile): ReadonlySet<string> {
    const known = this.openKnobs.get(agent)
    if (known) return known
    const facts = this.of(agent)
    const open = new Set(facts.knobs.filter((knob) => findKnobReasons(facts, knob).length === 0).map(({ name }) => name))
    this.openKnobs.set(agent, open)
    return open
  }

  /** Whether enough is known about an agent to try only changes that are expected to help. */
  isKnown(agent: AgentProfile): boolean {
    const own = this.trialsOf(agent)
    const ofKind = [...(this.trialsByKind.get(agent.kind)?.values() ?? [])].reduce((sum, { length }) => sum + length, 0)
    const others = ofKind - own.length
    const forObjective = selectTrialsForObjective(own, this.objectiveOf(agent))
    const releasedAt = findReleaseTime(this.of(agent).releases)
    const isExplored = (since: number) => isSufficientlyExplored(findTrialsSinceGain(forObjective, since), others)
    return isExplored(releasedAt) && isExplored(Math.max(releasedAt, this.forecasts.lastShiftAt(agent.agentId)))
  }

  private trialsOf({ agentId, kind }: AgentProfile): FinishedTrial[] {
    return this.trialsByKind.get(kind)?.get(agentId) ?? []
  }
}
