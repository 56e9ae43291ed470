/** Plays a trial of days on a simulated agent, with the history, the looks and the judge that the product uses. */
import { createTrialJudge } from '../../src/analysis/judging/index.ts'
import { assignArms } from '../../src/analysis/trials/arm-assignment.ts'
import { planMaxSamples, planObservation } from '../../src/analysis/trials/duration.ts'
import { buildTrialGoal } from '../../src/analysis/trials/goal.ts'
import { estimateHourlyRates } from '../../src/analysis/trials/hourly-rates.ts'
import { planNextLook } from '../../src/analysis/trials/looks.ts'
import { sharedPast } from '../../src/analysis/trials/shared-past.ts'
import { configSchema } from '../../src/config/config.ts'
import { objectiveSchema } from '../../src/model/objective.ts'
import type { Verdict } from '../../src/model/trial.ts'
import { type Behaviour, type SimulatedExecution, usual, work } from './rare-agent.ts'

export const hourMs = 3_600_000
export const { trials } = configSchema.parse({})
export const objective = objectiveSchema.parse({
  minimize: 'costUsd',
  subjectTo: [
    { metric: 'qualityScore', min: 0.8 },
    { metric: 'responseTime', quantile: 0.95, max: 3_000 },
  ],
})
/** A Monday at midnight. */
export const monday = Date.UTC(2026, 10, 30)

export interface Played {
  verdict: Verdict
  reason: string
  hours: number
  looks: number
  samples: number
}

/** A trial of `change` on an agent of so many instances. */
export function playTrial(seed: number, instances: number, change: Behaviour): Played {
  const ids = Array.from({ length: instances }, (_, index) => String.fromCharCode(97 + index))
  const { design, candidate, control } = assignArms(ids, `opt_${seed}_x`)
  const start = monday + (seed % 168) * hourMs
  const limitMs = trials.longestHours * hourMs
  const past = (arm: string[], n: number) => versioned(work(seed * 7 + n, arm, start - limitMs, start, usual))
  const history = sharedPast({ control: past(control, 1), candidate: past(candidate, 2) }, [1])
  const now = {
    control: work(seed * 7 + 3, control, start, start + limitMs, usual),
    candidate: work(seed * 7 + 4, candidate, start, start + limitMs, change),
  }
  const arms = { design, candidate: candidate.length, control: control.length, live: instances }
  const pace = estimateHourlyRates([...history.control.executions, ...history.candidate.executions], start)
  const maxSamples = planMaxSamples({ pace, compared: arms, reportingShare: 1, warmUp: trials.warmUp, now: start }, trials)
  const judge = createTrialJudge({
    goal: buildTrialGoal({ targetMetric: 'costUsd', objective }),
    design,
    history,
    maxSamples,
  })
  let looks = 0
  for (let at = start; ; ) {
    const until = (arm: SimulatedExecution[]) => ({ executions: arm.filter((execution) => execution.at <= at), negotiations: [] })
    const arms = { control: until(now.control), candidate: until(now.candidate) }
    const { decision, reason, samples } = judge.look(arms, { final: at - start >= limitMs })
    const smaller = Math.min(samples.control, samples.candidate)
    looks++
    if (decision !== 'continue') return { verdict: decision, reason, hours: (at - start) / hourMs, looks, samples: smaller }
    at += planNextLook({ samples: smaller, elapsedMs: at - start }, trials.lookEveryMs)
  }
}

/** How long such a trial is expected to take, hours. */
export function estimateHours(instances: number): number {
  const ids = Array.from({ length: instances }, (_, index) => String.fromCharCode(97 + index))
  const { design, candidate, control } = assignArms(ids, 'opt_1_x')
  const executions = work(1, ids, monday - 8 * 24 * hourMs, monday, usual)
  const compared = { design, candidate: candidate.length, control: control.length, live: instances }
  const conditions = {
    pace: estimateHourlyRates(executions, monday),
    compared,
    reportingShare: 1,
    warmUp: trials.warmUp,
    now: monday,
  }
  return planObservation(conditions, trials).ms / hourMs
}

export const versioned = (executions: SimulatedExecution[]) => ({
  executions: executions.map((execution) => ({ ...execution, version: 1 })),
  negotiations: [] as { at: number; instance: string; agreed: boolean; version: number }[],
})
