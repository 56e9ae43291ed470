import { describeApproval } from '../../../model/approval.ts'
import { addFullStop, formatTimestamp, joinWithAnd, pluralize, toSentence } from '../../../model/format.ts'
import { isSameValue } from '../../../model/knob.ts'
import type { RecordedTrial, RecordedVersion } from '../../../model/records.ts'
import { determineStage } from './stage.ts'
import type { TrialFacts } from './trial-facts.ts'

interface Step {
  at: Date | null
  what: string
}

/** Events in order of time; notes without a time come last. */
export function explainTimeline(facts: TrialFacts): string[] {
  const { strategy, plannedAt, cycleId, alerts, trial } = facts
  const planned = cycleId ? `${cycleId} planned it` : strategy.description
  const steps: Step[] = [
    { at: plannedAt, what: planned },
    ...listApprovalSteps(facts),
    ...(trial
      ? [
          ...listTrialSteps(facts, trial),
          ...listSuspensionSteps(facts, trial),
          ...listBlockSteps(trial),
          ...listKeepSteps(facts, trial),
          ...listInterventions(facts, trial),
          ...listRestoreSteps(facts, trial),
        ]
      : []),
    ...alerts.flatMap(({ raisedAt, resolvedAt, message }) => [
      { at: raisedAt, what: `alert: ${message}` },
      ...(resolvedAt ? [{ at: resolvedAt, what: 'the alert was resolved' }] : []),
    ]),
  ]
  const timed = steps.filter(({ at }) => at !== null).toSorted((a, b) => a.at!.getTime() - b.at!.getTime())
  return [
    ...timed.map(({ at, what }) => addFullStop(`${formatTimestamp(at!)}  ${what}`)),
    ...(trial?.issues ?? []).map((issue) => toSentence(`note: ${issue}`)),
  ]
}

function listApprovalSteps({ approval }: TrialFacts): Step[] {
  if (!approval) return []
  return [
    { at: approval.askedAt, what: `approval was requested, open until ${formatTimestamp(approval.until)}` },
    { at: approval.decidedAt, what: `it ${describeApproval(approval)}` },
  ]
}

/** The versions that a trial wrote, oldest first: its change, and then the previous values and the change again for each suspension. */
const listOwnVersions = ({ versions, strategy: { id } }: TrialFacts): number[] =>
  versions.filter(({ origin, trialId }) => origin === 'trial' && trialId === id).map(({ version }) => version)

function listTrialSteps(facts: TrialFacts, trial: RecordedTrial): Step[] {
  const { candidateInstances, controlInstances, widenedInstances } = trial
  const [version = trial.candidateVersion] = listOwnVersions(facts)
  const others = controlInstances.length > 0 ? `; ${joinWithAnd(controlInstances)} stayed unchanged` : ''
  return [
    {
      at: trial.startedAt,
      what: `candidate: version ${version} was assigned to ${joinWithAnd(candidateInstances)}${others}`,
    },
    { at: trial.observingAt, what: `${joinWithAnd(candidateInstances)} confirmed it, and the measurement started` },
    { at: trial.widenedAt, what: `half: it was proven and applied to ${joinWithAnd(widenedInstances ?? [])} as well` },
  ]
}

function listSuspensionSteps(facts: TrialFacts, { suspensions, design }: RecordedTrial): Step[] {
  const [, ...versions] = listOwnVersions(facts)
  // The blocks of a switchback trial have versions too.
  const version = (index: number) => (design === 'switchback' ? 'a new version' : `version ${versions[index]}`)
  return suspensions.flatMap(({ from, to }, index) => [
    {
      at: new Date(from),
      what: `suspended by a freeze window: ${version(2 * index)} restored the previous values on the candidates`,
    },
    { at: to === null ? null : new Date(to), what: `resumed: ${version(2 * index + 1)} applied the change again` },
  ])
}

function listBlockSteps({ blocks }: RecordedTrial): Step[] {
  const first = blocks[0]
  if (!first) return []
  const count = pluralize(blocks.filter(({ to }) => to !== null).length, 'block')
  const what = `from then on, it alternated between the change and the previous values: ${count} ended, in randomly ordered pairs`
  return [{ at: new Date(first.from), what }]
}

function listKeepSteps({ keptAt, result, strategy: { agentId } }: TrialFacts, trial: RecordedTrial): Step[] {
  const by = result?.keptBy ? `, kept by ${result.keptBy}` : ''
  const watched = 'no late harm had been found by this time'
  return [
    { at: keptAt, what: `all: version ${trial.candidateVersion} became the configuration of ${agentId} on every instance${by}` },
    { at: trial.watchedUntil, what: watched },
  ]
}

/** People's edits while the trial ran, and later ones of its knobs. */
function listInterventions({ versions, strategy: { actions } }: TrialFacts, { startedAt, endedAt }: RecordedTrial): Step[] {
  const concerns = ({ values, createdAt }: RecordedVersion, before: RecordedVersion | undefined) =>
    endedAt === null || createdAt <= endedAt || actions.some(({ knob }) => !isSameValue(values[knob], before?.values[knob]))
  return versions
    .filter(
      (version, index) =>
        version.origin === 'operator' && version.createdAt >= startedAt && concerns(version, versions[index - 1]),
    )
    .map(({ version, reason, createdAt }) => ({ at: createdAt, what: `a person's edit, version ${version}: ${reason}` }))
}

function listRestoreSteps(facts: TrialFacts, trial: RecordedTrial): Step[] {
  const written = facts.versions.find(({ version }) => version === trial.restoredVersion)
  if (!written) return []
  const { version, origin, reason, createdAt } = written
  const stage = determineStage(facts)
  const assigned = { at: createdAt, what: `version ${version} was assigned to every instance: ${reason}` }
  return [
    // A person's edit is in the list already.
    ...(origin === 'operator' ? [] : [assigned]),
    { at: stage === 'restored' || stage === 'undone' ? trial.endedAt : null, what: 'the trial ended, and its lock was released' },
  ]
}
