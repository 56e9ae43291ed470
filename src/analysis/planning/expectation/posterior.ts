import type { Belief } from './belief.ts'
import { combined, widened } from './belief.ts'
import { type Lesson, measured } from './lessons.ts'

/** Whom a strategy is for. */
export interface Subject {
  agentId: string
  kind: string
}

/** Variances of measured improvements, in squared percent or points. */
export const spread = {
  /** Between two trials of a sort on one agent. */
  trials: 6 ** 2,
  /** Between agents of a kind. */
  agents: 4 ** 2,
  /** Between kinds. */
  kinds: 6 ** 2,
  /** Of the documents' prior, which is the less certain the more it promises. */
  prior: (improvement: number) => (4 + 0.6 * Math.abs(improvement)) ** 2,
}

/** What a trial counts for each stage that it lies away from the present one. */
const memory = 0.5

/**
 * The mean improvement that trials of a sort bring on this agent at its present stage, kept or not: a hierarchical normal model with
 * known variances (Gelman et al. 2013, ch. 5; exact, since it is a tree). The agent's own trials are shrunk toward those of its
 * kind, these toward those of all kinds, these toward the prior. Gains become smaller as an agent is tuned, so a trial counts by
 * how near its stage is: a half for each trial of the sort that its agent had seen more or fewer.
 */
export function posterior(prior: number, subject: Subject, lessons: readonly Lesson[]): Belief {
  const stage = lessons.filter(({ trial }) => trial.agentId === subject.agentId).length
  const kinds = Map.groupBy(lessons, ({ trial }) => trial.kind)
  const others = [...kinds].filter(([kind]) => kind !== subject.kind)
  const all = combined([
    { mean: prior, variance: spread.prior(prior) },
    ...others.flatMap(([, ofKind]) => byKind(ofKind, stage)),
  ])!
  const agents = Map.groupBy(kinds.get(subject.kind) ?? [], ({ trial }) => trial.agentId)
  const siblings = [...agents].filter(([agentId]) => agentId !== subject.agentId)
  const kind = combined([widened(all, spread.kinds), ...siblings.map(([, ofAgent]) => byAgent(ofAgent, stage))])!
  return combined([widened(kind, spread.agents), ...byTrial(agents.get(subject.agentId) ?? [], stage)])!
}

/** What the trials on one kind say about the mean of all kinds. */
function byKind(lessons: readonly Lesson[], stage: number): Belief[] {
  const agents = Map.groupBy(lessons, ({ trial }) => trial.agentId)
  const kind = combined([...agents.values()].map((ofAgent) => byAgent(ofAgent, stage)))
  return kind ? [widened(kind, spread.kinds)] : []
}

/** What the trials on one agent say about the mean of its kind. */
function byAgent(lessons: readonly Lesson[], stage: number): Belief {
  return widened(combined(byTrial(lessons, stage))!, spread.agents)
}

function byTrial(lessons: readonly Lesson[], stage: number): Belief[] {
  return lessons.map((lesson) => {
    const { mean, variance } = widened(measured(lesson.trial), spread.trials)
    return { mean, variance: variance / memory ** Math.abs(lesson.stage - stage) }
  })
}
