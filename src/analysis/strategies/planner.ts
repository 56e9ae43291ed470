import type { TrialRecord } from '../../model/experience.ts'
import type { KnobValue } from '../../model/knob.ts'
import type { AgentProfile } from '../../model/profile.ts'
import type { Strategy } from '../../model/strategy.ts'
import { boldness } from '../aggressiveness.ts'
import { asksFirst, highestRisk } from '../approval.ts'
import { startingAutonomy } from '../autonomy.ts'
import { expectation, type Lesson, lessonsBySort, sortOf } from '../learning/index.ts'
import type { Proposal, Tuner } from '../tuning/tuner.ts'
import type { Intention } from './intentions.ts'
import type { StrategyRequest } from './request.ts'
import type { Target } from './targets.ts'
import { actionText, rollbackText, successMetrics } from './wording.ts'

/** Turns intentions into strategies, one after the other; each takes its knobs away from those that follow. */
export class Planner {
  private readonly request: StrategyRequest
  private readonly tuner: Tuner
  private readonly maxChanges: number | undefined
  private readonly agents: Map<string, AgentProfile>
  private readonly trialsByKind: Map<string, TrialRecord[]>
  private readonly lessons: Map<string, Lesson[]>
  private readonly taken: Map<string, Set<string>>

  constructor(request: StrategyRequest, tuner: Tuner, maxChanges?: number) {
    this.request = request
    this.tuner = tuner
    this.maxChanges = maxChanges
    this.agents = new Map(request.snapshot.agents.map((agent) => [agent.agentId, agent]))
    this.taken = new Map(Object.entries(request.resting ?? {}).map(([agentId, knobs]) => [agentId, new Set(knobs)]))
    const oldestFirst = request.experience.toSorted((a, b) => a.at - b.at)
    this.trialsByKind = Map.groupBy(oldestFirst, ({ kind }) => kind)
    this.lessons = lessonsBySort(request.experience)
  }

  /**
   * The strategy on the first target that has a knob left to try; undefined when none has. A person is asked only where
   * nothing is left that may be done without one.
   */
  plan(intention: Intention): Strategy | undefined {
    for (const asking of [false, true]) {
      for (const target of intention.targets) {
        const agent = this.agents.get(target.agentId)
        const proposal = agent && !this.reasonToLeave(agent) && this.propose(agent, target, asking)
        if (proposal) return this.strategy(intention, target, agent, proposal)
      }
    }
    return undefined
  }

  /** Why an intention came to nothing, for a person. */
  reasonAgainst({ targets }: Intention): string {
    const { focus } = this.request.policy
    if (targets.length === 0) return focus ? `the focus is on ${focus}` : 'no agent has a metric it could act on'
    const agents = [...new Set(targets.map(({ agentId }) => agentId))]
    const left = agents.map((agentId) => this.reasonToLeave(this.agents.get(agentId)))
    if (left.every((reason) => reason !== undefined)) return left.slice(0, 3).join('; ')
    return `no knob of ${agents.length > 3 ? `${agents.length} agents` : agents.join(', ')} is left to try`
  }

  /** Why nothing is tried on an agent at present, in words. */
  private reasonToLeave(agent: AgentProfile | undefined): string | undefined {
    if (!agent) return undefined
    const { evidence } = boldness(this.request.policy.aggressiveness)
    if (agent.decisionCount < evidence) {
      return `${agent.agentId} has reported ${agent.decisionCount} executions, and a trial needs ${evidence} to begin with`
    }
    return this.request.restraint?.bars(agent)
  }

  /** Never with both kinds of knobs: what needs no person must not wait for one. */
  private propose(agent: AgentProfile, { agentId, metric }: Target, asking: boolean): Proposal | undefined {
    const knobs = this.request.knobs[agentId] ?? []
    return this.tuner.propose({
      knobs: knobs.filter(({ risk }) => asksFirst(risk, this.autonomy(agent)) === asking),
      current: agent.configuration.values,
      metric,
      trials: this.trialsByKind.get(agent.kind) ?? [],
      aggressiveness: this.request.policy.aggressiveness,
      resourceMode: this.request.policy.resourceMode,
      allowed: (knob, from, to) => (this.request.restraint ? this.request.restraint.allowed(agent, knob, from, to) : to),
      exclude: this.taken.get(agentId) ?? new Set(),
      maxChanges: this.maxChanges,
    })
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

  private strategy(intention: Intention, { agentId, metric }: Target, agent: AgentProfile, proposal: Proposal): Strategy {
    const { changes, why } = proposal
    const asks = this.asks(agent, proposal)
    const { id, type, priority, targetComponent, description, prior } = intention
    const { improvement, interval, uncertainty, implementationTime } = expectation(
      prior,
      agent,
      this.lessons.get(sortOf(type, metric)) ?? [],
    )
    this.taken.set(agentId, new Set([...(this.taken.get(agentId) ?? []), ...changes.map(({ knob }) => knob)]))
    const purpose = (name: string) => this.request.knobs[agentId]!.find((knob) => knob.name === name)!.purpose
    const where = targetComponent === agentId ? '' : `${agentId} `
    return {
      id,
      type,
      priority,
      targetComponent,
      agentId,
      targetMetric: metric,
      description,
      expectedImprovement: improvement,
      expectedInterval: interval,
      uncertainty,
      implementationTime,
      actions: changes.map(({ knob, from, to }) => ({
        description: actionText(type, purpose(knob)),
        agentId,
        knob,
        from,
        to,
      })),
      why,
      successMetrics: successMetrics(type, this.request.thresholds),
      rollbackPlan: `${rollbackText(type)}: ${where}${changes.map(({ knob, from }) => `${knob} ${shown(from)}`).join(', ')}`,
      ...(asks && { asks }),
    }
  }
}

const shown = (value: KnobValue) => (Array.isArray(value) ? value.join(' > ') : String(value))
