import { listAwaitedScores, toTrialMetric } from '../analysis/judging/index.ts'
import { measureArms } from '../analysis/reporting/results/measured-arms.ts'
import { computeMeasuredMetrics } from '../analysis/reporting/results/outcome.ts'
import { createBlockAlarm } from '../analysis/trials/block-alarm.ts'
import { buildTrialGoal, listRequiredMetrics } from '../analysis/trials/goal.ts'
import { requireFloorScores } from '../analysis/trials/late-floors.ts'
import { mergeObservations } from '../analysis/trials/pooled-observations.ts'
import {
  computeSharedPeriodMs,
  createSharedAnomalyJudge,
  describeSharedPeriod,
  findSharedPeriods,
  type SharedPeriod,
} from '../analysis/trials/shared-anomalies.ts'
import { judgeStandstill, requireRecentExecutions } from '../analysis/trials/standstill.ts'
import { omitSuspensions } from '../analysis/trials/suspension.ts'
import { selectBlockObservations } from '../analysis/trials/switchback-plan.ts'
import { createWarmUpJudge } from '../analysis/trials/warm-up.ts'
import {
  countSmallerArm,
  findScarcestMetric,
  lookAtWidening,
  type ScarcestMetric,
  WIDENING_SAMPLES,
} from '../analysis/trials/widening.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Judgement } from '../model/trial.ts'
import { listComponentAnomalies } from '../store/anomalies.ts'
import type { Database } from '../store/database.ts'
import { listInstancesDriftedSince } from '../store/drift.ts'
import { loadFleetContactStart } from '../store/instance-liveness.ts'
import { findStrategy } from '../store/strategies.ts'
import { isVersionReported } from '../store/telemetry/reported-versions.ts'
import { publishTrialState, type Trial, updateTrial } from '../store/trials.ts'
import type { ObservedArms } from '../trials/observations.ts'
import { type ObservedTrial, observeExcludingWarmUp } from '../trials/observe-excluding-warm-up.ts'
import { assertComparable } from './assert-comparable.ts'
import type { Dependencies } from './dependencies.ts'
import { applyPoolDecision, createPooledJudge } from './pool.ts'
import { recordObservations } from './record-observations.ts'
import { loadJudgedScoreDelayMs, loadLateFloorMetrics, loadScoreDelayMs } from './score-wait.ts'

/** A step of a trial that can be looked at. */
export interface TrialObservation {
  /** The start of the comparison. */
  since: Date
  /**
   * Judges what has been observed so far, and records the judgement.
   * @param isTimeUp whether the time of the step is over; gets for how long an anomaly of both arms was left out
   * @param mayGoOn whether the step to half of the instances may take longer than that while something is in doubt
   */
  judge(options: {
    isTimeUp: (leftOutMs: number) => boolean
    mayGoOn?: boolean
  }): Promise<{ judgement: Judgement; scarcest: ScarcestMetric; arms: ObservedArms; leftOut: SharedPeriod[] }>
}

/** Loads the history of a step, which does not change while it is observed. */
export async function prepareObservation(dependencies: Dependencies, trial: Trial, step: MeasureStep): Promise<TrialObservation> {
  const { db, config } = dependencies
  const strategy = (await findStrategy(db, trial.id))!
  const observed = await observeExcludingWarmUp(dependencies, { trial, strategy, step })
  const { history, since, look, cut } = observed
  const maxSamples = trial.maxSamples ?? config.trials.maxSamples
  const { design } = trial
  const goal = buildTrialGoal(strategy)
  const scoreDelayMs = await loadJudgedScoreDelayMs(db, trial, strategy)
  const floors = step === 'candidate' ? (await loadLateFloorMetrics(dependencies, trial.agentId)).map(toTrialMetric) : []
  const floorDelayMs = floors.length > 0 ? await loadScoreDelayMs(db, trial) : 0
  const options = { goal, design, history, maxSamples, scoreDelayMs }
  const awaitable = listRequiredMetrics(goal)
  const pool = trial.poolId === null ? undefined : strategy.pool
  const pooled =
    pool && step === 'candidate' ? await createPooledJudge(dependencies, { trial, strategy, observed, scoreDelayMs }) : undefined
  const past = computeMeasuredMetrics(mergeObservations([history.control, history.candidate]), strategy.declared)
  const single = createSharedAnomalyJudge<ObservedArms>(options, createWarmUpJudge(options, cut).look)
  const catastrophe = design === 'switchback' ? createBlockAlarm(options) : undefined
  return {
    since,
    async judge({ isTimeUp, mayGoOn = false }) {
      await assertComparable(db, trial, step, strategy)
      const everything = await look()
      const arms = design === 'switchback' ? selectBlockObservations(everything) : everything
      // An anomaly of one agent says nothing about the others that are judged together with it.
      const anomalies = pooled ? [] : await listComponentAnomalies(db, trial.agentId, since)
      const comparison = { control: arms.control, past: history.control, design, since: since.getTime() }
      const leftOut = findSharedPeriods(anomalies, comparison)
      const kept = {
        ...arms,
        control: omitSuspensions(arms.control, leftOut),
        candidate: omitSuspensions(arms.candidate, leftOut),
      }
      const warmed = cut(kept)
      const scarcest = findScarcestMetric(goal, warmed.judged)
      const judgeAlone = (final: boolean) => catastrophe?.(everything) ?? single(arms, kept, leftOut, { final })
      const isOver = isTimeUp(computeSharedPeriodMs(leftOut, since.getTime(), Date.now()))
      const lookAtHalf = () => {
        // Outside a cycle, widening has far more time than it usually needs.
        const mayEndEarly = trial.observeMs !== null && countSmallerArm(scarcest) >= WIDENING_SAMPLES
        return lookAtWidening(judgeAlone, scarcest, { isDue: isOver || mayEndEarly, isOver: isOver && !mayGoOn })
      }
      const pooledLook = await pooled?.look(kept, { final: isOver })
      const { judgement: seen, isFinal } =
        step === 'half' ? lookAtHalf() : { judgement: pooledLook?.judgement ?? judgeAlone(isOver), isFinal: isOver }
      const judged = pooledLook?.judged ?? [trial.id]
      // The step to half of the instances waits for work for as long as it may wait for values.
      const mustEnd = step === 'half' ? isOver && !mayGoOn : isFinal
      const worked = trial.observeMs === null ? await assessWork(db, trial, seen, { observed, arms, isFinal: mustEnd }) : seen
      const late = listAwaitedScores(floors, kept.candidate, floorDelayMs)
      const hold = (decided: Judgement) =>
        requireFloorScores(decided, late, { executions: kept.candidate.executions.length, final: isFinal })
      const own = hold(worked)
      // What another trial of the pool has proven is kept here only once this agent's scores are known too.
      const decided = pool ? hold(await applyPoolDecision(dependencies, { pool, trial, step, judged }, own)) : own
      const awaited = decided.decision === 'continue' ? listAwaitedScores(awaitable, kept.candidate, scoreDelayMs) : []
      const judgement: Judgement = awaited.length > 0 ? { ...decided, awaited } : decided
      // The record keeps the proof of the change, unless widening shows harm.
      const proofStands = step === 'half' && (judgement.decision === 'continue' || judgement.decision === 'keep')
      const metrics = measureArms(kept, warmed, {
        past,
        declared: strategy.declared,
        suspensions: trial.suspensions,
        since: since.getTime(),
      })
      await db.transaction().execute(async (trx) => {
        if (!proofStands) await updateTrial(trx, trial.id, { judgement, metrics })
        await publishTrialState(trx, trial.id, { judgement })
      })
      return { judgement, scarcest, arms: kept, leftOut }
    },
  }
}

/** What it means for the judgement of a trial within a cycle if its agent does not work. */
async function assessWork(
  db: Database,
  { design, startedAt }: Trial,
  judgement: Judgement,
  { observed, arms, isFinal }: { observed: ObservedTrial; arms: ObservedArms; isFinal: boolean },
): Promise<Judgement> {
  const now = Date.now()
  if (design === 'concurrent') return requireRecentExecutions(judgement, arms, now, isFinal)
  const since = Math.max(observed.since.getTime(), await loadFleetContactStart(db, now))
  return judgeStandstill(
    judgement,
    { past: [observed.history.control, arms.control], candidate: arms.candidate },
    { startedAt: startedAt.getTime(), since, now },
  )
}

/** Records what a verdict was based on. */
export async function concludeObservation(
  dependencies: Dependencies,
  trial: Trial,
  { arms, leftOut }: { arms: ObservedArms; leftOut: readonly SharedPeriod[] },
): Promise<void> {
  await recordObservations(dependencies, trial, arms)
  await recordIssues(dependencies, trial, leftOut)
}

/** Notes what weakens the judgement: settings that nothing confirmed; instances with other values for a while, and anomalies of both arms, are left out. */
async function recordIssues(
  { db, config }: Dependencies,
  { id, agentId, startedAt, candidateInstances, controlInstances }: Trial,
  leftOut: readonly SharedPeriod[],
): Promise<void> {
  const drifted = await listInstancesDriftedSince(db, agentId, [...candidateInstances, ...controlInstances], startedAt)
  const takesEffectSeconds = await findAssumedDelay(db, config, { agentId, startedAt, candidateInstances })
  const issues = [
    ...(takesEffectSeconds === undefined
      ? []
      : [
          `no instance confirmed its settings, so which executions ran with the change is inferred from their instance and time, assuming that settings take effect within ${takesEffectSeconds} s; this is weaker evidence`,
        ]),
    ...drifted.map(
      (instance) => `${instance} ran with values that differ from its version; its work during that time does not count`,
    ),
    ...leftOut.map(describeSharedPeriod),
  ]
  if (issues.length > 0) await updateTrial(db, id, { issues })
}

/** How long settings are assumed to take to be in force, seconds; undefined if the candidates have confirmed theirs. */
async function findAssumedDelay(
  db: Database,
  { telemetry }: Dependencies['config'],
  { agentId, startedAt, candidateInstances }: Pick<Trial, 'agentId' | 'startedAt' | 'candidateInstances'>,
): Promise<number | undefined> {
  const rule = telemetry.agents.find((each) => each.agentId === agentId && each.settings?.takesEffectSeconds !== undefined)
  if (!rule) return undefined
  // The executions of one that names no version are all read, so none is asked after it.
  for (const instanceId of candidateInstances)
    if (!(await isVersionReported(db, { agentId, instanceId }, startedAt))) return rule.settings!.takesEffectSeconds
  return undefined
}
