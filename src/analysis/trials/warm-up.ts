/** The first part of a new configuration, in which caches are cold and connections new. */
import type { Judgement, TrialDesign } from '../../model/trial.ts'
import type { WarmUp } from '../../model/trial-limits.ts'
import {
  type ArmObservations,
  createTrialJudge,
  type ObservationsByArm,
  type TrialGoal,
  type TrialJudge,
  type TrialJudgeOptions,
} from '../judging/index.ts'
import { CATASTROPHE_ALPHA } from '../judging/trial.ts'

/** The observations that are judged, and whether some candidate instances are still warming up. */
export interface ObservationsAfterWarmUp<Arms extends ObservationsByArm> {
  judged: Arms
  isWarmingUp: boolean
  /** When the first candidate was warm after each start, milliseconds since the epoch; infinite if it is not yet. */
  warmAt: readonly number[]
}

/**
 * Leaves out the warm-up of each candidate instance, after each start: its first executions, and those that started before the time was
 * over. A control that works in the meantime counts from the moment at which the first candidate is warm, so that both arms are compared over the
 * same time; one that is the candidate's own past counts whole.
 * @param starts when the candidates began to run with the change: at first, and after each suspension; milliseconds since the epoch
 */
export function excludeWarmUp<Arms extends ObservationsByArm>(
  arms: Arms,
  { samples, seconds }: WarmUp,
  { design, candidates, starts }: { design: TrialDesign; candidates: readonly string[]; starts: readonly number[] },
): ObservationsAfterWarmUp<Arms> {
  if (samples === 0 && seconds === 0) return { judged: arms, isWarmingUp: false, warmAt: starts }
  const periodOf = (time: number) =>
    Math.max(
      0,
      starts.findLastIndex((start) => start <= time),
    )
  const work = Map.groupBy(arms.candidate.executions, ({ at, durationMs }) => periodOf(at - durationMs))
  const warmTimes = starts.map((start, period) => {
    const warmAt = (instance: string) => {
      const own = work.get(period)?.filter((execution) => execution.instance === instance)
      const last = samples === 0 ? start : (own?.[samples - 1]?.at ?? Number.POSITIVE_INFINITY)
      return Math.max(last, start + 1_000 * seconds)
    }
    return new Map(candidates.map((instance) => [instance, warmAt(instance)]))
  })
  const firsts = warmTimes.map((times) => Math.min(...times.values()))
  const cut = <Arm extends ArmObservations>(arm: Arm, from: (period: number, instance: string) => number): Arm => {
    const isWarm = (time: number, instance: string) => time >= from(periodOf(time), instance)
    return {
      ...arm,
      executions: arm.executions.filter(({ at, durationMs, instance }) => isWarm(at - durationMs, instance)),
      negotiations: arm.negotiations.filter(({ at, instance }) => isWarm(at, instance)),
      ...(arm.inFlight && {
        inFlight: arm.inFlight.filter(({ at, durationMs, instance }) => isWarm(at - durationMs, instance)),
      }),
    }
  }
  const judged = {
    ...arms,
    control: design === 'before-after' ? arms.control : cut(arms.control, (period) => firsts[period]!),
    candidate: cut(arms.candidate, (period, instance) => warmTimes[period]!.get(instance) ?? firsts[period]!),
  }
  const isWarm = judged.candidate.executions.some(({ at, durationMs }) => periodOf(at - durationMs) === starts.length - 1)
  return { judged, isWarmingUp: !isWarm, warmAt: firsts }
}

/**
 * A judge that ignores the warm-up, except for catastrophes: while no candidate is warm, silence, a target several times worse, or
 * the loss of most successes ends the trial.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createWarmUpJudge(
  options: TrialJudgeOptions & { goal: TrialGoal },
  cut: (arms: ObservationsByArm) => ObservationsAfterWarmUp<ObservationsByArm>,
) {
  const judge: TrialJudge = createTrialJudge(options)
  const { target, guards } = options.goal
  const alarmOptions = {
    ...options,
    // The mean, because a slow start shows in the tail first.
    goal: {
      target: { ...target, summary: 'mean' as const },
      guards: guards.filter(({ metric }) => metric.metric === 'successRate'),
    },
    onlyCatastrophes: true,
    alpha: CATASTROPHE_ALPHA,
  }
  let alarm: TrialJudge | undefined
  return {
    look(arms: ObservationsByArm, { final }: { final: boolean }): Judgement {
      const { judged, isWarmingUp } = cut(arms)
      const judgement = judge.look(judged, { final })
      if (!isWarmingUp || judgement.decision === 'roll-back') return judgement
      alarm ??= createTrialJudge(alarmOptions)
      const seen = alarm.look(arms, { final: false })
      return seen.decision === 'roll-back' ? { ...seen, reason: `during the warm-up: ${seen.reason}` } : judgement
    },
  }
}
