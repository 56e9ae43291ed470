import { describeApproval } from '../../../model/approval.ts'
import { formatTimestamp, joinWithAnd, toSentence, withFullStop } from '../../../model/format.ts'
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
          ...listTrialSteps(trial),
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
    ...timed.map(({ at, what }) => withFullStop(`${formatTimestamp(at!)}  ${what}`)),
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

function listTrialSteps(trial: RecordedTrial): Step[] {
  const { candidateVersion, candidateInstances, controlInstances, widenedInstances } = trial
  const others = controlInstances.length > 0 ? `; ${joinWithAnd(controlInstances)} stayed unchanged` : ''
  return [
    {
      at: trial.startedAt,
      what: `candidate: version ${candidateVersion} was assigned to ${joinWithAnd(candidateInstances)}${others}`,
    },
    { at: trial.observingAt, what: `${joinWithAnd(candidateInstances)} confirmed it, and measuring started` },
    { at: trial.widenedAt, what: `half: it was proven and applied to ${joinWithAnd(widenedInstances ?? [])} as well` },
  ]
}

function listKeepSteps({ keptAt, result, strategy: { agentId } }: TrialFacts, trial: RecordedTrial): Step[] {
  const by = result?.keptBy ? `, kept by ${result.keptBy}` : ''
  const watched = 'no late harm was found up to this time'
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
  const { version, reason, createdAt } = written
  const stage = determineStage(facts)
  return [
    { at: createdAt, what: `version ${version} was assigned to every instance: ${reason}` },
    { at: stage === 'restored' || stage === 'undone' ? trial.endedAt : null, what: 'the trial ended, and its lock was released' },
  ]
}
