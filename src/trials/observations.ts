import type { ArmObservations, ObservationsByArm } from '../analysis/judging/index.ts'
import { findLongestWarmUp } from '../analysis/trials/duration.ts'
import { splitHistory } from '../analysis/trials/history.ts'
import { sharedPast } from '../analysis/trials/shared-past.ts'
import { omitSuspensions } from '../analysis/trials/suspension.ts'
import { listSettledPairs, shiftToStartTimes } from '../analysis/trials/switchback-plan.ts'
import type { Config } from '../config/config.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Knob } from '../model/knob.ts'
import type { Strategy } from '../model/strategy.ts'
import type { WarmUp } from '../model/trial-limits.ts'
import { listEquivalentVersions } from '../store/configurations.ts'
import type { Database } from '../store/database.ts'
import { findLatestDeclarationTime } from '../store/declarations.ts'
import { type ExecutionObservation, listInstanceExecutions } from '../store/executions.ts'
import { listExecutionsInFlight } from '../store/executions-in-flight.ts'
import { listNegotiations, type Negotiation } from '../store/messages.ts'
import type { Trial } from '../store/trials.ts'
import type { TrialContext } from './context.ts'

/** The observations of an arm for the judge, with what the record needs. */
export interface ObservedArm extends ArmObservations {
  executions: ExecutionObservation[]
  negotiations: Negotiation[]
}
export interface ObservedArms extends ObservationsByArm {
  control: ObservedArm
  candidate: ObservedArm
}

/** The instances compared in a step, and the start of the comparison. */
export function selectComparedInstances(trial: Trial, step: MeasureStep) {
  const { candidateInstances: candidate, controlInstances: control, widenedInstances, observingAt, widenedAt } = trial
  if (step === 'candidate') return { candidate, control, since: observingAt! }
  // The first candidates were judged before; only the added instances provide new evidence.
  return { candidate: widenedInstances!, control: control.filter((id) => !widenedInstances!.includes(id)), since: widenedAt! }
}

/**
 * The observations for a trial's judge: the history of the instances under the previous configuration, once, and both arms so far at
 * every look. An execution counts for the version that was in force when it started.
 */
export async function observeTrial(
  { db, config }: TrialContext,
  trial: Trial,
  step: MeasureStep,
): Promise<{ history: ObservedArms; since: Date; look: () => Promise<ObservedArms> }> {
  const { agentId, startedAt, endedAt, suspensions } = trial
  const { candidate, control, since } = selectComparedInstances(trial, step)
  const earliest = new Date(startedAt.getTime() - getHistoryMs(config, trial))
  // The work of an instance before its present release says nothing about how the instances differ now.
  const released = await findLatestDeclarationTime(db, agentId, [...candidate, ...control])
  const from = released && released > earliest ? released : earliest
  const before = await listEquivalentVersions(db, agentId, trial.baselineVersion)
  const past = (instanceIds: string[], versions?: number[]) =>
    loadObservations(db, { agentId, instanceIds, versions, from, to: startedAt })
  const until = endedAt ?? undefined
  const present = async (instanceIds: string[], versions: number[]) => {
    const window = { agentId, instanceIds, versions, from: since }
    const [finished, inFlight] = await Promise.all([
      loadObservations(db, { ...window, to: until }),
      // They say something of now only.
      until ? [] : listExecutionsInFlight(db, window),
    ])
    return omitSuspensions({ ...finished, inFlight }, suspensions)
  }
  // After a suspension, the change is in force under another version.
  const tried = await listEquivalentVersions(db, agentId, trial.candidateVersion)
  const candidateNow = () => present(candidate, tried)

  if (trial.design === 'before-after') {
    const { older, newest } = splitHistory(await past(candidate, before), config.trials.maxSamples)
    return {
      history: { control: older, candidate: older },
      since,
      look: async () => ({ control: newest, candidate: await candidateNow() }),
    }
  }
  if (trial.design === 'switchback') {
    const alone = shiftToStartTimes(await past(candidate, before))
    const look = async () => {
      const arms = {
        control: shiftToStartTimes(await present(candidate, before)),
        candidate: shiftToStartTimes(await candidateNow()),
      }
      const now = Date.now()
      return { ...arms, blocks: listSettledPairs(trial.blocks, { past: alone, arms: Object.values(arms), now }) }
    }
    return { history: { control: alone, candidate: alone }, since, look }
  }
  const [controlPast, candidatePast] = await Promise.all([past(control), past(candidate)])
  return {
    history: sharedPast({ control: controlPast, candidate: candidatePast }, before),
    since,
    look: async () => ({ control: await present(control, before), candidate: await candidateNow() }),
  }
}

/** How far back a trial knows its agent, milliseconds: one of days has to know the days before it. */
export const getHistoryMs = ({ trials }: Pick<Config, 'trials'>, { observeMs }: Pick<Trial, 'observeMs'>): number =>
  Math.max(trials.historyMs, observeMs ?? 0)

/** Executions and negotiations of instances under the given versions in a period of time; the newest `limit` of each. */
export async function loadObservations(
  db: Database,
  window: { agentId: string; instanceIds: string[]; versions?: number[]; from: Date; to?: Date; limit?: number | undefined },
): Promise<ObservedArm> {
  const [executions, negotiated] = await Promise.all([listInstanceExecutions(db, window), listNegotiations(db, window)])
  return { executions, negotiations: negotiated }
}

/** The warm-up of a strategy's change: the configured one, or the longest that a knob asks for. */
export function determineWarmUp({ trials }: Config, knobs: readonly Knob[], { actions }: Strategy): WarmUp {
  const asked = knobs.filter(({ name }) => actions.some(({ knob }) => knob === name)).flatMap(({ warmUp }) => warmUp ?? [])
  return findLongestWarmUp([trials.warmUp, ...asked])
}
