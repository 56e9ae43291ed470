/** The card's cycle: collect → detect → execute and measure (with restore where needed) → report. */
import type { SearchAttributeUpdatePair } from '@temporalio/common'
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { Detected, StrategyRef, TrialOutcome } from '../activities/types.ts'
import { boldness } from '../analysis/aggressiveness.ts'
import { type CycleInput, cycleInputSchema } from '../model/commands.ts'
import type { CycleSummary } from '../model/cycle.ts'
import { quick } from './activities.ts'
import { controlWorkflowId, cycleFinished } from './contract.ts'
import { type CycleView, cycleDetails } from './details.ts'
import { searchAttributes } from './search-attributes.ts'
import { CycleSteering } from './steering.ts'
import { runTrial } from './trial.ts'

export interface CycleResult {
  bottlenecks: number
  outcomes: TrialOutcome[]
  deferred: string[]
  overallImprovement: number
}

/** One optimization cycle (A2, B1). All input optional. */
export async function optimizationCycle(input?: CycleInput): Promise<CycleResult> {
  const parsed = cycleInputSchema.safeParse(input ?? {})
  if (!parsed.success) throw ApplicationFailure.nonRetryable('A cycle takes no input, or {"target": "<agent>"}.', 'invalid-input')
  return await new Cycle(parsed.data).run()
}

class Cycle {
  private readonly id = workflowInfo().workflowId
  private readonly startedAt = Date.now()
  private readonly phases: Record<string, number> = {}
  private readonly view: CycleView = { phase: 'starting', running: [], outcomes: [], deferred: [] }
  private readonly steering: CycleSteering
  private readonly target: string | undefined

  constructor({ target }: CycleInput) {
    this.target = target
    this.steering = new CycleSteering(target)
  }

  async run(): Promise<CycleResult> {
    try {
      this.steering.begin(await quick.readPolicy())
      const detected = await this.look()
      this.enter(
        'execute and measure',
        { key: searchAttributes.severity, value: detected.bottlenecks.worst },
        { key: searchAttributes.target, value: unique(detected.strategies.map(({ agentId }) => agentId)) },
      )
      await this.tryStrategies(detected)
      return await this.finish('completed')
    } catch (error) {
      await CancellationScope.nonCancellable(() => this.finish(isCancellation(error) ? 'cancelled' : 'failed'))
      throw error
    }
  }

  private async look(): Promise<Detected> {
    await quick.sweep()
    await quick.watch()
    this.enter('collect')
    const collected = await quick.collect({ cycleId: this.id, runId: workflowInfo().runId, target: this.target })
    this.view.collected = collected
    this.phases.collectMs = collected.collectMs
    this.show()
    const detected = await quick.detect({ cycleId: this.id, snapshotId: collected.snapshotId, policy: this.steering.policy })
    this.view.detected = detected
    this.phases.detectMs = detected.detectMs
    return detected
  }

  /** Several agents side by side, one trial after the other on each; what does not fit into the cycle's time is left for the next. */
  private async tryStrategies({ strategies, budget }: Detected): Promise<void> {
    const from = Date.now()
    const deadline = this.startedAt + budget.cycleMs - budget.trialMs
    const running = new Set<Promise<void>>()
    const failures: unknown[] = []
    try {
      for (const queue of Map.groupBy(strategies, ({ agentId }) => agentId).values()) {
        await condition(() => running.size < boldness(this.steering.policy.aggressiveness).concurrentTrials)
        const agent: Promise<void> = this.tryInTurn(queue, deadline)
          .catch((error) => void failures.push(error))
          .finally(() => running.delete(agent))
        running.add(agent)
      }
    } finally {
      // Whatever happens to the cycle, every trial that has begun is carried to its end.
      await CancellationScope.nonCancellable(() => Promise.all(running))
      this.phases.executeAndMeasureMs = Date.now() - from
    }
    // Trials end quietly when cancelled; the cycle says so.
    if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested
    if (failures.length > 0) throw failures[0]
  }

  private async tryInTurn(queue: StrategyRef[], deadline: number): Promise<void> {
    for (const strategy of queue) {
      const reason = this.whyNot(strategy, deadline)
      if (reason) {
        this.view.deferred.push(`${strategy.description}: ${reason}`)
        continue
      }
      this.view.running.push(strategy)
      this.show()
      this.view.outcomes.push(await this.steering.rollBackable(strategy.id, (wasAsked) => runTrial(strategy, this.id, wasAsked)))
      this.view.running.splice(this.view.running.indexOf(strategy), 1)
      this.show()
    }
  }

  private whyNot(strategy: StrategyRef, deadline: number): string | undefined {
    const { focus } = this.steering.policy
    if (CancellationScope.current().consideredCancelled) return 'the cycle was cancelled'
    if (focus && focus !== strategy.agentId) return `the focus moved to ${focus}`
    if (Date.now() > deadline) return 'no time left in this cycle'
    return undefined
  }

  private async finish(state: 'completed' | 'failed' | 'cancelled'): Promise<CycleResult> {
    this.phases.totalMs = Date.now() - this.startedAt
    const { summary, overallImprovement } = await quick.report({ cycleId: this.id, phases: this.phases, state })
    const { outcomes, deferred, detected } = this.view
    // A cycle that saw nothing says nothing about the fleet's health.
    if (detected) await this.tellControl(summary)
    this.enter(
      state,
      { key: searchAttributes.verdict, value: unique(outcomes.map(({ verdict }) => verdict)) },
      { key: searchAttributes.improvement, value: overallImprovement },
    )
    return { bottlenecks: detected?.bottlenecks.total ?? 0, outcomes, deferred, overallImprovement }
  }

  private async tellControl(summary: CycleSummary): Promise<void> {
    await getExternalWorkflowHandle(controlWorkflowId)
      .signal(cycleFinished, summary)
      .catch((error) => log.warn('The control workflow was not told', { error }))
  }

  private enter(phase: string, ...attributes: SearchAttributeUpdatePair[]): void {
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }, ...attributes])
    this.view.phase = phase
    this.show()
  }

  private show(): void {
    this.view.policy = this.steering.policyOrNull ?? undefined
    setCurrentDetails(cycleDetails(this.view))
  }
}

const unique = <T>(values: T[]): T[] => [...new Set(values)]
