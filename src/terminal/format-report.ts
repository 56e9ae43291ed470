import { isSameValue } from '../model/knob.ts'
import type { RunReport } from '../reading/run-report.ts'
import { formatKeptSummary, formatResultBlocks, formatUndone } from './format-results.ts'

/** The report of a run, for the terminal. */
export function formatReport(report: RunReport): string {
  const { results, cycles } = report
  const leftAlone = cycles.flatMap(({ skipped, deferred }) => [
    ...deferred.map((line) => `deferred: ${line}`),
    ...skipped.map((line) => `not tried: ${line}`),
  ])
  return [
    ...(results.length > 0
      ? [formatResultBlocks(results), formatKeptSummary(report), ...formatUndone(report)]
      : ['No trial has ended.']),
    ...changedConfigurations(report),
    ...leftAlone,
  ].join('\n')
}

function changedConfigurations({ configurations }: RunReport): string[] {
  return Object.entries(configurations).flatMap(([agentId, { before, after }]) => {
    const changed = Object.keys(after).filter((knob) => !isSameValue(before[knob], after[knob]))
    return changed.length === 0
      ? []
      : [`${agentId}: ${changed.map((knob) => `${knob} ${String(before[knob])} → ${String(after[knob])}`).join(', ')}`]
  })
}
