import {
  doTrialsInterfere,
  extractKnobHistory,
  findCooldownEnd,
  findFreezeReason,
  findKnobLimitViolation,
  findRateLimitViolation,
  remainingCandidates,
} from '../analysis/eligibility/index.ts'
import { candidateShare, concurrentTrials } from '../analysis/policy/aggressiveness.ts'
import type { Config } from '../config.ts'
import { readLimits } from '../limits.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Knob, KnobValues } from '../model/knob.ts'
import type { Limits } from '../model/limits.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import type { Strategy } from '../model/strategy.ts'
import { formatTimestamp } from '../model/timestamp.ts'
import { countInstances } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { listCommunicatingPairs } from '../store/messages.ts'
import { findPause } from '../store/pause.ts'
import { loadProvenConfigurations } from '../store/proven-versions.ts'
import { countTrialsByAgent, listOpenTrials, type Trial } from '../store/trials.ts'

/** What asks to begin. */
export interface AdmissionRequest {
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
export async function admitTrial(db: Database, config: Config, asking: AdmissionRequest): Promise<number> {
  const now = Date.now()
  const limits = readLimits(config)
  const applicant = { ...asking, aggressiveness: Math.min(asking.aggressiveness, limits.maxAggressiveness ?? 5) }
  await assertNotPaused(db)
  await assertWithinLimits(db, limits, applicant, now)
  await assertNotResting(db, applicant, now)
  const running = await listOpenTrials(db)
  await assertNoInterference(db, applicant.strategy.agentId, running, now)
  assertTrialCapacity(limits, config, applicant, running)
  return await computeCandidateCapacity(db, limits, config, applicant, running, now)
}

async function assertNotPaused(db: Database): Promise<void> {
  const paused = await findPause(db)
  if (!paused) return
  const { pausedBy, since, reason } = paused
  const message = `${pausedBy} paused the optimizer at ${formatTimestamp(since)} (${reason}); npx optimizer resume lets trials begin.`
  throw new OptimizerError('paused', message)
}

async function assertWithinLimits(db: Database, limits: Limits, applicant: AdmissionRequest, now: number): Promise<void> {
  const { strategy, kind, knobs, current } = applicant
  const { agentId } = strategy
  const closed = findFreezeReason(limits, { agentId, kind }, now)
  if (closed) throw new OptimizerError('frozen', `${closed}.`)
  const begun = await countTrialsByAgent(db, new Date(now - hourMs))
  const turns = findTurnedKnobs(knobs, strategy).map(({ knob, to }) => ({ agentId, kind, knob, from: current[knob.name]!, to }))
  const reasons = [
    findRateLimitViolation(limits, agentId, begun[agentId] ?? 0),
    ...turns.map((turn) => findKnobLimitViolation(limits, turn)),
  ]
  const forbidding = reasons.filter((reason) => reason !== undefined)
  if (forbidding.length === 0) return
  throw new OptimizerError('limited', `The operator's limits forbid it: ${forbidding.join('; ')}.`)
}

/** What a person asks for is tried all the same. */
async function assertNotResting(db: Database, { strategy, knobs }: AdmissionRequest, now: number): Promise<void> {
  if (strategy.type === 'operator_request') return
  const { agentId } = strategy
  const proven = (await loadProvenConfigurations(db, [agentId]))[agentId] ?? []
  for (const { knob } of findTurnedKnobs(knobs, strategy)) {
    const until = findCooldownEnd(knob, extractKnobHistory(knob, proven), now)
    if (until === undefined) continue
    const message = `${knob.name} of ${agentId} was turned to and fro within a day and rests until ${formatTimestamp(new Date(until))}.`
    throw new OptimizerError('resting', message)
  }
}

async function assertNoInterference(db: Database, agentId: string, running: Trial[], now: number): Promise<void> {
  const agents = [...new Set([agentId, ...running.map((trial) => trial.agentId)])]
  const pairs = await listCommunicatingPairs(db, agents, new Date(now - hourMs))
  const other = running.find((trial) => doTrialsInterfere(agentId, trial.agentId, pairs))
  if (!other) return
  const message =
    other.agentId === agentId
      ? `Another trial is running on ${agentId}: ${other.id}; it can begin when that has ended.`
      : `${agentId} and ${other.agentId} speak with each other, and ${other.id} is running there; it can begin when that has ended.`
  throw new OptimizerError('in-the-way', message)
}

function assertTrialCapacity(
  { maxConcurrentTrials }: Limits,
  config: Config,
  { aggressiveness }: AdmissionRequest,
  running: Trial[],
): void {
  const allowed = concurrentTrials(aggressiveness, config.trials.concurrent)
  const cap = Math.min(allowed, maxConcurrentTrials ?? allowed)
  if (running.length < cap) return
  const message = `As many trials run as may, ${cap} in the whole fleet; it can begin when one has ended.`
  throw new OptimizerError('in-the-way', message)
}

async function computeCandidateCapacity(
  db: Database,
  { maxCandidateShare }: Limits,
  config: Config,
  { aggressiveness }: AdmissionRequest,
  running: Trial[],
  now: number,
): Promise<number> {
  const live = await countInstances(db, new Date(now - livenessTimeoutMs))
  const candidates = running.reduce((sum, { candidateInstances, widenedInstances }) => {
    return sum + candidateInstances.length + (widenedInstances ?? []).length
  }, 0)
  const share = candidateShare(aggressiveness, config.trials.candidateShare)
  const left = remainingCandidates({ live, candidates, share, hardShare: maxCandidateShare })
  if (left >= 1) return left
  const message = `As many instances run with unproven values as may, ${candidates} of ${live}; it can begin when a trial has ended.`
  throw new OptimizerError('in-the-way', message)
}

function findTurnedKnobs(knobs: readonly Knob[], strategy: Strategy) {
  return strategy.actions.flatMap(({ knob: name, to }) => {
    const knob = knobs.find((known) => known.name === name)
    return knob ? [{ knob, to }] : []
  })
}
