/**
 * The judge of a pool: trials of one change on several agents that the operator declared alike. Agents that work rarely can prove together what
 * each alone would prove too late.
 */
import type { Judgement, TrialDesign } from '../../model/trial.ts'
import { createTrialJudge, type ObservationsByArm, type TrialGoal, type TrialJudge } from '../judging/index.ts'
import { MIN_SAMPLES_PER_ARM } from '../judging/looks.ts'
import { DEFAULT_ALPHA } from '../judging/options.ts'
import { splitHistory } from './history.ts'
import { mergeByAgent, mergeGoals, mergeObservations, normalizeByAgent } from './pooled-observations.ts'
import { createWarmUpJudge, type ObservationsAfterWarmUp } from './warm-up.ts'

/** A trial of a pool. */
export interface PooledTrial {
  agentId: string
  goal: TrialGoal
  /** Instances that try the change. */
  candidates: number
  history: ObservationsByArm
  /** How long scores of the agent usually take after their execution, milliseconds. */
  scoreDelayMs: number
  /** Leaves out its warm-up. */
  cut(arms: ObservationsByArm): ObservationsAfterWarmUp<ObservationsByArm>
  /** It ended by itself: what it observed still counts, and nothing more is decided about it. */
  hasEnded?: boolean
}

export interface PoolJudge {
  /**
   * Judges everything observed since the change, by agent.
   * @throws OptimizerError `unusable-samples`
   */
  look(arms: ReadonlyMap<string, ObservationsByArm>, options: { final: boolean }): Judgement
}

/** Share of the probability of rolling back a harmless change that the pooled evidence has; the trials by themselves share the rest. */
const POOLED_SHARE = 0.5
/** A change is kept only if every agent by itself seems to gain this share of what all gain: otherwise they are not alike. */
const MIN_OWN_GAIN = 1 / 3
/** A change is not kept while a single agent would be rolled back at this error probability. */
const SUSPECT_ALPHA = 0.2

/**
 * Judges a pool. It is rolled back if the pooled evidence proves harm, or that of a single agent does. It is kept if the pooled evidence
 * proves a gain, and no single agent points to harm. The pooled evidence says nothing of silence and amounts of work, because the agents
 * have work of their own; each agent by itself does.
 * @param options `maxSamples`: of all trials together
 * @throws OptimizerError `unusable-options`, `unusable-samples`
 */
export function createPoolJudge(
  { design, maxSamples }: { design: TrialDesign; maxSamples: number },
  trials: readonly PooledTrial[],
): PoolJudge {
  const candidates = trials.reduce((sum, trial) => sum + trial.candidates, 0)
  const open = trials.filter(({ hasEnded }) => !hasEnded)
  const ownAlpha = (DEFAULT_ALPHA * (1 - POOLED_SHARE)) / open.length
  const singles = open.map((trial) => {
    const ownSamples = Math.max(MIN_SAMPLES_PER_ARM, Math.round((maxSamples * trial.candidates) / candidates))
    const { goal, history, scoreDelayMs } = trial
    const options = { goal, design, history, maxSamples: ownSamples, scoreDelayMs }
    return { ...trial, options, judge: createWarmUpJudge({ ...options, alpha: ownAlpha }, trial.cut) }
  })
  let together: TrialJudge['look'] | undefined

  return {
    look(arms, { final }) {
      const of = ({ agentId }: PooledTrial) => arms.get(agentId)!
      const judged = new Map(trials.map((trial) => [trial.agentId, trial.cut(of(trial)).judged]))
      together ??= createLook()
      const seen = together(mergeByAgent(judged), { final })
      for (const single of singles) {
        const { decision, code, reason } = single.judge.look(of(single), { final })
        if (decision === 'roll-back') return { ...seen, decision, code, reason: `on ${single.agentId} alone: ${reason}` }
      }
      if (seen.decision !== 'keep') return seen
      const doubt = singles.map((single) => findDoubt(single, judged.get(single.agentId)!, seen)).find(Boolean)
      if (!doubt) return seen
      return { ...seen, decision: final ? 'undecided' : 'continue', code: 'doubtful', reason: `${seen.reason}, but ${doubt}` }

      function createLook(): TrialJudge['look'] {
        const past = mergeByAgent(new Map(trials.map(({ agentId, history }) => [agentId, history])))
        const scoreDelayMs = Math.max(...trials.map((trial) => trial.scoreDelayMs))
        const options = { design, maxSamples, alpha: DEFAULT_ALPHA * POOLED_SHARE, sharesWork: false, scoreDelayMs }
        const goal = mergeGoals(new Map(trials.map((trial) => [trial.agentId, trial.goal])))
        const relative = (history: ObservationsByArm) => normalizeByAgent(goal, history)
        if (design === 'concurrent') return createTrialJudge({ ...options, goal: relative(past), history: past }).look
        // The past of each agent was divided where its own newest part begins; that of all has to be divided at one time.
        const { older, newest } = splitHistory(mergeObservations([past.control, mergeByAgent(judged).control]), maxSamples)
        const history = { control: older, candidate: older }
        const judge = createTrialJudge({ ...options, goal: relative(history), history })
        return ({ candidate }, options) => judge.look({ control: newest, candidate }, options)
      }
    },
  }
}

interface SingleTrial {
  agentId: string
  options: { goal: TrialGoal; design: TrialDesign; history: ObservationsByArm; maxSamples: number; scoreDelayMs: number }
}

/** Why the evidence of one agent speaks against keeping a change that all together prove, as a clause; undefined if it does not. */
function findDoubt({ agentId, options }: SingleTrial, arms: ObservationsByArm, common: Judgement): string | undefined {
  const seen = createTrialJudge({ ...options, alpha: SUSPECT_ALPHA }).look(arms, { final: true })
  if (seen.improvement === null) return `too little is known about ${agentId}`
  if (seen.decision === 'roll-back') return `${agentId} alone points to harm: ${seen.reason}`
  if (seen.improvement < MIN_OWN_GAIN * common.improvement!) return `${agentId} alone seems to gain far less`
  return seen.suspicion && `on ${agentId} alone, ${seen.suspicion}`
}
