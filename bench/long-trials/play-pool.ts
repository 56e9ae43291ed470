/** Plays trials of the same change on several simulated agents, which are judged together. */
import { assignArms } from '../../src/analysis/trials/arm-assignment.ts'
import { mergeConditions, planMaxSamples } from '../../src/analysis/trials/duration.ts'
import { buildTrialGoal } from '../../src/analysis/trials/goal.ts'
import { splitHistory } from '../../src/analysis/trials/history.ts'
import { estimateHourlyRates } from '../../src/analysis/trials/hourly-rates.ts'
import { createPoolJudge } from '../../src/analysis/trials/pool-judge.ts'
import { sharedPast } from '../../src/analysis/trials/shared-past.ts'
import { hourMs, monday, objective, type Played, trials, versioned } from './play.ts'
import { type Behaviour, type SimulatedExecution, work } from './rare-agent.ts'

/** An agent, before and with the change; either all of them have several instances, or none. */
export interface SimulatedAgent {
  instances: number
  usual: Behaviour
  changed: Behaviour
}

/**
 * A pool of trials, one on each agent, from the same moment on.
 * @param lookEveryHours seldom, to be quick: the judge decides on counts of samples
 */
export function playPool(seed: number, agents: readonly SimulatedAgent[], lookEveryHours = 3): Played {
  const start = monday + (seed % 168) * hourMs
  const limitMs = trials.longestHours * hourMs
  const members = agents.map((agent, index) => {
    const own = seed * 31 + 1_000_003 * index
    const ids = Array.from({ length: agent.instances }, (_, number) => String.fromCharCode(97 + number))
    const { design, candidate, control } = assignArms(ids, `opt_${seed}_${index}`)
    const past = (arm: string[], n: number) => versioned(work(own + n, arm, start - limitMs, start, agent.usual))
    const before = { control: past(control, 1), candidate: past(candidate, 2) }
    const { older, newest } = splitHistory(before.candidate, trials.maxSamples)
    const isBeside = design === 'concurrent'
    const history = isBeside ? sharedPast(before, [1]) : { control: older, candidate: older }
    const now = {
      control: isBeside ? work(own + 3, control, start, start + limitMs, agent.usual) : newest.executions,
      candidate: work(own + 4, candidate, start, start + limitMs, agent.changed),
    }
    const pace = estimateHourlyRates([...before.control.executions, ...before.candidate.executions], start)
    const compared = { design, candidate: candidate.length, control: control.length, live: agent.instances }
    const conditions = { pace, compared, reportingShare: 1, warmUp: trials.warmUp, now: start }
    return { agentId: `agent-${index}`, candidates: candidate.length, history, now, conditions }
  })
  const judge = createPoolJudge(
    {
      design: members[0]!.conditions.compared.design,
      maxSamples: planMaxSamples(mergeConditions(members.map(({ conditions }) => conditions)), trials),
    },
    members.map(({ agentId, candidates, history }) => ({
      agentId,
      goal: buildTrialGoal({ targetMetric: 'costUsd', objective }),
      candidates,
      history,
      scoreDelayMs: 0,
      cut: (judged) => ({ judged, isWarmingUp: false, warmAt: [] }),
    })),
  )
  let looks = 0
  for (let at = start; ; ) {
    const until = (arm: SimulatedExecution[]) => ({ executions: arm.filter((execution) => execution.at <= at), negotiations: [] })
    const arms = new Map(
      members.map(({ agentId, now }) => [agentId, { control: until(now.control), candidate: until(now.candidate) }]),
    )
    const { decision, reason, samples } = judge.look(arms, { final: at - start >= limitMs })
    const smaller = Math.min(samples.control, samples.candidate)
    looks++
    if (decision !== 'continue') return { verdict: decision, reason, hours: (at - start) / hourMs, looks, samples: smaller }
    at += lookEveryHours * hourMs
  }
}
