/** The observations of several agents as those of one, without their differences. */
import type { Arm, Sample } from '../../model/trial.ts'
import type { ArmObservations, ObservationsByArm, TrialGoal, TrialMetric } from '../judging/index.ts'

/**
 * Merges the observations of several agents. Instances are named after their agent too, and types of work are those of one agent, so that
 * the judge compares each agent with itself.
 */
export function mergeByAgent(agents: ReadonlyMap<string, ObservationsByArm>): ObservationsByArm {
  const merged = (arm: Arm) => mergeObservations([...agents].map(([agentId, arms]) => nameAfterAgent(agentId, arms[arm])))
  return { control: merged('control'), candidate: merged('candidate') }
}

/** Joins observations, in the order of time. */
export function mergeObservations(all: readonly ArmObservations[]): ArmObservations {
  return {
    executions: all.flatMap(({ executions }) => executions).sort((a, b) => a.at - b.at),
    negotiations: all.flatMap(({ negotiations }) => negotiations).sort((a, b) => a.at - b.at),
    inFlight: all.flatMap(({ inFlight = [] }) => inFlight),
  }
}

function nameAfterAgent(agentId: string, { executions, negotiations, inFlight = [] }: ArmObservations): ArmObservations {
  // No name of an agent contains a slash.
  const named = (name: string) => `${agentId}/${name}`
  const namedWork = <Work extends { instance: string; type?: string | null }>(work: Work) => ({
    ...work,
    instance: named(work.instance),
    type: named(work.type ?? ''),
  })
  return {
    executions: executions.map(namedWork),
    negotiations: negotiations.map((negotiation) => ({ ...negotiation, instance: named(negotiation.instance) })),
    inFlight: inFlight.map(namedWork),
  }
}

const agentOf = ({ instance }: { instance: string }) => instance.slice(0, instance.indexOf('/'))

/**
 * The goal for merged observations. The goals of the agents, by their names, differ in the references of a weighted sum only, so each agent's
 * target is read by its own.
 */
export function mergeGoals(goals: ReadonlyMap<string, TrialGoal>): TrialGoal {
  const [{ target, guards }] = [...goals.values()] as [TrialGoal]
  const mergeSamples = (read: (target: TrialMetric, own: ArmObservations) => Sample[]) => (arm: ArmObservations) => {
    const executions = Map.groupBy(arm.executions, agentOf)
    const negotiations = Map.groupBy(arm.negotiations, agentOf)
    const of = (agentId: string): ArmObservations => ({
      executions: executions.get(agentId) ?? [],
      negotiations: negotiations.get(agentId) ?? [],
    })
    return [...goals].flatMap(([agentId, goal]) => read(goal.target, of(agentId))).sort((a, b) => a.at - b.at)
  }
  return {
    target: {
      ...target,
      samplesOf: mergeSamples((own, arm) => own.samplesOf(arm)),
      everySampleOf: mergeSamples((own, arm) => own.everySampleOf(arm)),
    },
    guards,
  }
}

/**
 * The goal with quantities whose mean is compared, such as costs, relative to what is usual for their agent: an agent on a larger scale
 * must not decide alone, and its scale is not noise. Bounds are for the values as they are.
 * @param history of the agents, merged
 */
export function normalizeByAgent({ target, guards }: TrialGoal, history: ObservationsByArm): TrialGoal {
  const relate = (metric: TrialMetric): TrialMetric => {
    if (metric.kind !== 'continuous' || metric.summary !== 'mean') return metric
    const past = [...metric.samplesOf(history.control), ...metric.samplesOf(history.candidate)]
    const levels = new Map([...Map.groupBy(past, agentOf)].map(([agentId, samples]) => [agentId, levelOf(samples)]))
    const whole = levelOf(past) || 1
    const usual = (sample: Sample) => levels.get(agentOf(sample)) || whole
    const samplesOf: TrialMetric['samplesOf'] = (arm) =>
      metric.samplesOf(arm).map((sample) => ({ ...sample, value: sample.value / usual(sample) }))
    return { ...metric, samplesOf }
  }
  return { target: relate(target), guards: guards.map((guard) => ({ ...guard, metric: relate(guard.metric) })) }
}

/** The mean, or the ratio of sums of values that are per something; 0 without any. */
function levelOf(samples: readonly Sample[]): number {
  const units = samples.reduce((sum, { per = 1 }) => sum + per, 0)
  return units > 0 ? samples.reduce((sum, { value }) => sum + value, 0) / units : 0
}
