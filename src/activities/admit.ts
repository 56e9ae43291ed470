import { candidatesLeft, disturb, forbidden, frozen, restsUntil, tooOften, valuesOf } from '../analysis/eligibility/index.ts'
import { candidateShare, concurrentTrials } from '../analysis/policy/aggressiveness.ts'
import type { Config } from '../config.ts'
import { readLimits } from '../limits.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Knob, KnobValues } from '../model/knob.ts'
import type { Limits } from '../model/limits.ts'
import { silentAfterMs } from '../model/liveness.ts'
import { moment } from '../model/moment.ts'
import type { Strategy } from '../model/strategy.ts'
import { countInstances } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { speakingPairs } from '../store/messages.ts'
import { currentPause } from '../store/pause.ts'
import { provenConfigurations } from '../store/proven-versions.ts'
import { openTrials, type Trial, trialsBegun } from '../store/trials.ts'

/** What asks to begin. */
export interface Applicant {
  strategy: Strategy
  kind: string
  knobs: Knob[]
  /** The values in force. */
  current: KnobValues
  /** Of whoever carries it out, 1–5. */
  aggressiveness: number
}

const hourMs = 3_600_000

/**
 * Whether a trial may begin now, beside those that run. Asked in the transaction that begins it, under the lock of the fleet,
 * so that cycles and people who ask at the same moment keep the caps together. Takes nothing from what planned the strategy.
 * @returns how many instances may be its candidates
 * @throws OptimizerError `paused`, `broken-limits`, `frozen`, `limited`, `resting`; `in-the-way` where it helps to wait for a
 *   trial that runs.
 */
export async function admit(db: Database, config: Config, asking: Applicant): Promise<number> {
  const now = Date.now()
  const limits = readLimits(config)
  const applicant = { ...asking, aggressiveness: Math.min(asking.aggressiveness, limits.maxAggressiveness ?? 5) }
  await refusePaused(db)
  await refuseLimited(db, limits, applicant, now)
  await refuseResting(db, applicant, now)
  const running = await openTrials(db)
  await refuseDisturbing(db, applicant.strategy.agentId, running, now)
  refuseCrowding(limits, config, applicant, running)
  return await room(db, limits, config, applicant, running, now)
}

async function refusePaused(db: Database): Promise<void> {
  const paused = await currentPause(db)
  if (!paused) return
  const { pausedBy, since, reason } = paused
  const message = `${pausedBy} paused the optimizer at ${moment(since)} (${reason}); npx optimizer resume lets trials begin.`
  throw new OptimizerError('paused', message)
}

async function refuseLimited(db: Database, limits: Limits, applicant: Applicant, now: number): Promise<void> {
  const { strategy, kind, knobs, current } = applicant
  const { agentId } = strategy
  const closed = frozen(limits, { agentId, kind }, now)
  if (closed) throw new OptimizerError('frozen', `${closed}.`)
  const begun = await trialsBegun(db, new Date(now - hourMs))
  const turns = turnedKnobs(knobs, strategy).map(({ knob, to }) => ({ agentId, kind, knob, from: current[knob.name]!, to }))
  const reasons = [tooOften(limits, agentId, begun[agentId] ?? 0), ...turns.map((turn) => forbidden(limits, turn))]
  const forbidding = reasons.filter((reason) => reason !== undefined)
  if (forbidding.length === 0) return
  throw new OptimizerError('limited', `The operator's limits forbid it: ${forbidding.join('; ')}.`)
}

/** What a person asks for is tried all the same. */
async function refuseResting(db: Database, { strategy, knobs }: Applicant, now: number): Promise<void> {
  if (strategy.type === 'operator_request') return
  const { agentId } = strategy
  const proven = (await provenConfigurations(db, [agentId]))[agentId] ?? []
  for (const { knob } of turnedKnobs(knobs, strategy)) {
    const until = restsUntil(knob, valuesOf(knob, proven), now)
    if (until === undefined) continue
    const message = `${knob.name} of ${agentId} was turned to and fro within a day and rests until ${moment(new Date(until))}.`
    throw new OptimizerError('resting', message)
  }
}

async function refuseDisturbing(db: Database, agentId: string, running: Trial[], now: number): Promise<void> {
  const agents = [...new Set([agentId, ...running.map((trial) => trial.agentId)])]
  const pairs = await speakingPairs(db, agents, new Date(now - hourMs))
  const other = running.find((trial) => disturb(agentId, trial.agentId, pairs))
  if (!other) return
  const message =
    other.agentId === agentId
      ? `Another trial is running on ${agentId}: ${other.id}; it can begin when that has ended.`
      : `${agentId} and ${other.agentId} speak with each other, and ${other.id} is running there; it can begin when that has ended.`
  throw new OptimizerError('in-the-way', message)
}

function refuseCrowding({ maxConcurrentTrials }: Limits, config: Config, { aggressiveness }: Applicant, running: Trial[]): void {
  const allowed = concurrentTrials(aggressiveness, config.trials.concurrent)
  const cap = Math.min(allowed, maxConcurrentTrials ?? allowed)
  if (running.length < cap) return
  const message = `As many trials run as may, ${cap} in the whole fleet; it can begin when one has ended.`
  throw new OptimizerError('in-the-way', message)
}

async function room(
  db: Database,
  { maxCandidateShare }: Limits,
  config: Config,
  { aggressiveness }: Applicant,
  running: Trial[],
  now: number,
): Promise<number> {
  const live = await countInstances(db, new Date(now - silentAfterMs))
  const candidates = running.reduce((sum, { candidateInstances, widenedInstances }) => {
    return sum + candidateInstances.length + (widenedInstances ?? []).length
  }, 0)
  const share = candidateShare(aggressiveness, config.trials.candidateShare)
  const left = candidatesLeft({ live, candidates, share, hardShare: maxCandidateShare })
  if (left >= 1) return left
  const message = `As many instances run with unproven values as may, ${candidates} of ${live}; it can begin when a trial has ended.`
  throw new OptimizerError('in-the-way', message)
}

function turnedKnobs(knobs: readonly Knob[], strategy: Strategy) {
  return strategy.actions.flatMap(({ knob: name, to }) => {
    const knob = knobs.find((known) => known.name === name)
    return knob ? [{ knob, to }] : []
  })
}
