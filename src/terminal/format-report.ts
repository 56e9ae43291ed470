import { isSameValue, type KnobValue } from '../model/knob.ts'
import { describeSavings } from '../model/saving.ts'
import type { RunReport } from '../reading/run-report.ts'
import { formatKeptSummary, formatResultBlocks, formatUndoneTrials } from './format-results.ts'

/** The report of a run, for the terminal. */
export function formatReport(report: RunReport): string {
  const { results, cycles } = report
  const leftAlone = cycles.flatMap(({ skipped, deferred }) => [
    ...deferred.map((line) => `deferred: ${line}`),
    ...skipped.map((line) => `not tried: ${line}`),
  ])
  return [
    ...(results.length > 0
      ? [
          formatResultBlocks(results),
          formatKeptSummary(report),
          ...describeSavings(report.savings),
          ...formatUndoneTrials(report),
        ]
      : ['No trial has ended.']),
    ...changedConfigurations(report),
    ...leftAlone,
  ].join('\n')
}

function changedConfigurations({ configurations }: RunReport): string[] {
  return Object.entries(configurations).flatMap(([agentId, { before, after, byPeople }]) => {
    const changed = Object.keys(after).filter((knob) => !isSameValue(before[knob], after[knob]))
    return changed.length === 0
      ? []
      : [`${agentId}: ${changed.map((knob) => describe(knob, before[knob], after[knob], byPeople[knob])).join(', ')}`]
  })
}

/** "batch 10 → 2 (ada restored version 1)" */
const describe = (knob: string, from: KnobValue | undefined, to: KnobValue | undefined, byPerson: string | undefined) =>
  `${knob} ${String(from)} → ${String(to)}${byPerson === undefined ? '' : ` (${byPerson})`}`
