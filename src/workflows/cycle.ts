/** The cycle: collect → detect → execute and measure (with restore where needed) → report. */
import type { SearchAttributeUpdatePair } from '@temporalio/common'
import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { findCycleReasons } from '../analysis/eligibility/cycle-reasons.ts'
import { scaleConcurrentTrials } from '../analysis/policy/aggressiveness.ts'
import type { CycleBudget, DetectResult, StrategyRef, TrialOutcome } from '../contract/activities.ts'
import { cycleFinishedSignal } from '../contract/messages.ts'
import { searchAttributes } from '../contract/search-attributes.ts'
import { type CycleResult, optimizerWorkflowId } from '../contract/workflows.ts'
import { type CycleWorkflowInput, cycleWorkflowInputSchema } from '../model/commands.ts'
import type { CycleSummary } from '../model/cycle.ts'
import { planningActivities, quickActivities } from './activities.ts'
import { CycleSteering } from './cycle-steering.ts'
import { type CycleProgress, formatCycleDetails, formatStrategyTitle } from './details.ts'
import { scheduleStrategies } from './strategy-scheduler.ts'
import { summarizeCycle } from './summarize-cycle.ts'
import { runTrial } from './trial.ts'
import { startApprovalTrial, startLongTrial } from './trial-workflow.ts'
import { createInputFailure } from './update-rejection.ts'
import { waitForUpdateHandlers } from './wait-for-update-handlers.ts'

const inputForm = 'no input, or {"target": "<agent>"}, {"dryRun": true}, or both'

/** One optimization cycle (A2, B1). All input optional. */
export async function optimizationCycle(input?: CycleWorkflowInput): Promise<CycleResult> {
  const parsed = cycleWorkflowInputSchema.safeParse(input ?? {})
  if (!parsed.success) throw createInputFailure(parsed.error, 'cycle', inputForm)
  try {
    return await new CycleRunner(parsed.data).run()
  } finally {
    await waitForUpdateHandlers()
  }
}

class CycleRunner {
  private readonly id = workflowInfo().workflowId
  private readonly startedAt = Date.now()
  private readonly phases: Record<string, number> = {}
  /** Strategies that were not carried out, by id, and why. */
  private readonly skipped: Record<string, string> = {}
  private readonly view: CycleProgress = { phase: 'starting', running: [], outcomes: [], deferred: [] }
  private readonly steering: CycleSteering
  private readonly target: string | undefined
  private readonly dryRun: boolean

  constructor({ target, dryRun = false, isAutomatic = false }: CycleWorkflowInput) {
    this.target = target
    this.dryRun = dryRun
    this.steering = new CycleSteering(target, isAutomatic)
  }

  async run(): Promise<CycleResult> {
    try {
      this.steering.setBasePolicy(await quickActivities.readPolicy())
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

  private async look(): Promise<DetectResult> {
    if (!this.dryRun) {
      const mayFail = () => patched('clean-up-may-fail')
      await this.attempt('Clean-up after workflows that were terminated', () => planningActivities.sweep(), mayFail)
      await this.attempt('Check of recently kept changes for late harm', () => planningActivities.watch())
    }
    this.enter('collect')
    const collected = await planningActivities.collect({
      cycleId: this.id,
      runId: workflowInfo().runId,
      target: this.target,
      dryRun: this.dryRun,
    })
    this.view.collected = collected
    this.phases.collectMs = collected.collectMs
    this.show()
    const { snapshotId } = collected
    const { policy } = this.steering
    const detected = await planningActivities.detect({ cycleId: this.id, snapshotId, policy, target: this.target })
    for (let { next } = detected; next !== undefined; ) {
      const page = await planningActivities.readPlan({ snapshotId, from: next })
      detected.strategies.push(...page.strategies)
      detected.pairs.push(...page.pairs)
      next = page.next
    }
    this.view.detected = detected
    this.phases.detectMs = detected.detectMs
    return detected
  }

  /** Runs an optional step: if it fails, it is left to the next cycle. */
  private async attempt(subject: string, work: () => Promise<unknown>, mayFail = () => true): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (isCancellation(error) || !mayFail()) throw error
      this.note(subject, 'it failed; the next cycle will retry it')
    }
  }

  /** Strategies that do not fit into the cycle's time are left for the next. */
  private async tryStrategies({ strategies, pairs, budget }: DetectResult): Promise<void> {
    const from = Date.now()
    const deadline = this.latestBeginning(budget)
    for (const strategy of strategies.filter(({ asks }) => asks)) await this.ask(strategy)
    for (const strategy of strategies.filter(({ alone, asks }) => alone && !asks)) await this.startAlone(strategy)
    const own = strategies.filter(({ alone, asks }) => !alone && !asks)
    await scheduleStrategies(own, {
      pairs,
      maxConcurrent: () => scaleConcurrentTrials(this.steering.policy.aggressiveness, budget.concurrent),
      findSkipReason: (strategy) => this.whyNot(strategy) ?? (Date.now() > deadline ? 'no time left in this cycle' : undefined),
      onSkipped: (strategy, reason) => this.skip(strategy, reason),
      run: (strategy, begun) => this.carryOut(strategy, begun),
      onConcluded: (outcome) => void this.view.outcomes.push(outcome),
    }).finally(() => {
      this.phases.executeAndMeasureMs = Date.now() - from
    })
  }

  /** At least the first round of trials starts, however long collecting and detecting took. */
  private latestBeginning({ cycleMs, trialMs, firstRoundMs }: CycleBudget): number {
    const withinCycle = this.startedAt + cycleMs - trialMs
    return firstRoundMs === undefined ? withinCycle : Math.max(withinCycle, Date.now() + firstRoundMs)
  }

  private async carryOut(strategy: StrategyRef, begun: () => void): Promise<TrialOutcome> {
    this.view.running.push(strategy)
    this.show()
    const { aggressiveness, focus, resourceMode } = this.steering.policy
    const policy = { aggressiveness, focus, resourceMode }
    try {
      return await this.steering.trials.during(strategy.id, (control) =>
        control.runInterruptibly(() => runTrial(strategy, this.id, control, policy, begun)),
      )
    } finally {
      this.view.running.splice(this.view.running.indexOf(strategy), 1)
      this.show()
    }
  }

  /** Starts a workflow that waits for approval, so that the cycle does not. */
  private async ask(strategy: StrategyRef): Promise<void> {
    const reason = this.whyNot(strategy)
    if (reason) this.skip(strategy, reason)
    else this.defer(strategy, `waiting for approval in ${await startApprovalTrial(strategy)}`)
  }

  /** Starts a workflow for a trial of hours or days, so that the cycle ends in time. */
  private async startAlone(strategy: StrategyRef): Promise<void> {
    const reason = this.whyNot(strategy)
    if (reason) this.skip(strategy, reason)
    else this.defer(strategy, `takes longer than a cycle, so it runs in ${await startLongTrial(strategy)}`)
  }

  private skip(strategy: StrategyRef, reason: string): void {
    this.skipped[strategy.id] = reason
    this.defer(strategy, reason)
  }

  private defer(strategy: StrategyRef, reason: string): void {
    this.note(formatStrategyTitle(strategy), reason)
  }

  private note(subject: string, reason: string): void {
    this.view.deferred.push(`${subject}: ${reason}`)
    this.show()
  }

  private whyNot(strategy: StrategyRef): string | undefined {
    if (CancellationScope.current().consideredCancelled) return 'the cycle was cancelled'
    if (this.dryRun) return 'a dry run; it would be tried now'
    return findCycleReasons(this.steering.policy, strategy.agentId)[0]?.reason
  }

  private async finish(state: 'completed' | 'failed' | 'cancelled'): Promise<CycleResult> {
    this.phases.totalMs = Date.now() - this.startedAt
    const { summary, overallImprovement } = await quickActivities.report({
      cycleId: this.id,
      runId: workflowInfo().runId,
      phases: this.phases,
      state,
      left: this.skipped,
      dryRun: this.dryRun,
    })
    const { outcomes, deferred, detected } = this.view
    // A cycle without a detection says nothing about the fleet's health.
    if (detected && !this.dryRun) await this.tellControl(summary)
    this.enter(
      state,
      { key: searchAttributes.verdict, value: findBestVerdict(outcomes) },
      { key: searchAttributes.improvement, value: overallImprovement },
    )
    return summarizeCycle(
      {
        bottlenecks: detected?.bottlenecks.total ?? 0,
        outcomes,
        deferred,
        skipped: detected?.skipped ?? [],
        overallImprovement,
      },
      `GET /api/cycles/${this.id}`,
    )
  }

  private async tellControl(summary: CycleSummary): Promise<void> {
    await getExternalWorkflowHandle(optimizerWorkflowId)
      .signal(cycleFinishedSignal, summary)
      .catch((error) => log.warn('The optimizer workflow could not be signaled', { error }))
  }

  private enter(phase: string, ...attributes: SearchAttributeUpdatePair[]): void {
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }, ...attributes])
    this.view.phase = phase
    this.show()
  }

  private show(): void {
    this.view.policy = this.steering.policyOrNull ?? undefined
    setCurrentDetails(formatCycleDetails(this.view))
  }
}

/** A search attribute holds one verdict: the best of the cycle's trials. */
function findBestVerdict(outcomes: TrialOutcome[]): TrialOutcome['verdict'][] | null {
  const best = (['keep', 'roll-back', 'undecided', 'not-started'] as const).find((verdict) =>
    outcomes.some((outcome) => outcome.verdict === verdict),
  )
  return best ? [best] : null
}

const unique = <T>(values: T[]): T[] => [...new Set(values)]
