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

/** The observations that are judged, and whether some candidate instances are still warming up. */
export interface WarmedObservations<Arms extends ObservationsByArm> {
  judged: Arms
  isWarmingUp: boolean
}

/**
 * Leaves out the warm-up of each candidate instance: its first executions, and those that started before the time was over. A control
 * that works meanwhile counts from the moment at which the first candidate is warm, so that both arms are compared over the same time;
 * one that is the candidate's own past counts whole.
 * @param since when the candidates began, milliseconds since the epoch
 */
export function cutWarmUp<Arms extends ObservationsByArm>(
  arms: Arms,
  { samples, seconds }: WarmUp,
  { design, candidates, since }: { design: TrialDesign; candidates: readonly string[]; since: number },
): WarmedObservations<Arms> {
  if (samples === 0 && seconds === 0) return { judged: arms, isWarmingUp: false }
  const warmAt = new Map(
    candidates.map((instance) => {
      const own = arms.candidate.executions.filter((execution) => execution.instance === instance)
      const last = samples === 0 ? since : (own[samples - 1]?.at ?? Number.POSITIVE_INFINITY)
      return [instance, Math.max(last, since + 1_000 * seconds)]
    }),
  )
  const first = Math.min(...warmAt.values())
  const cut = <Arm extends ArmObservations>(arm: Arm, from: (instance: string) => number): Arm => ({
    ...arm,
    executions: arm.executions.filter(({ at, durationMs, instance }) => at - durationMs >= from(instance)),
    negotiations: arm.negotiations.filter(({ at, instance }) => at >= from(instance)),
  })
  const judged = {
    ...arms,
    control: design === 'before-after' ? arms.control : cut(arms.control, () => first),
    candidate: cut(arms.candidate, (instance) => warmAt.get(instance) ?? first),
  }
  const isWarm = (instance: string) => judged.candidate.executions.some((execution) => execution.instance === instance)
  return { judged, isWarmingUp: !candidates.some(isWarm) }
}

/** Probability of taking something harmless for a catastrophe. */
const CATASTROPHE_ALPHA = 0.005

/**
 * A judge that is not told of the warm-up, but for a catastrophe: while no candidate is warm, silence, a target several times worse, or
 * the loss of most successes ends the trial.
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createWarmUpJudge(
  options: TrialJudgeOptions & { goal: TrialGoal },
  cut: (arms: ObservationsByArm) => WarmedObservations<ObservationsByArm>,
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
