import Table from 'cli-table3'
import { formatImprovement } from '../model/improvement.ts'
import { sameValue } from '../model/knob.ts'
import { beforeAfter, verdict } from './render.ts'
import type { RunReport } from './report.ts'

/** The report of a run for a person at a terminal. */
export function printReport(report: RunReport): string {
  const { results, impact, cycles } = report
  const table = new Table({
    head: ['agent', 'change', 'verdict', 'measured', 'before → after'],
    style: { head: [], border: [] },
    wordWrap: true,
  })
  for (const result of results) {
    const { strategy, actualImprovement, interval } = result
    const changes = strategy.actions.map(({ knob, from, to }) => `${knob} ${String(from)} → ${String(to)}`).join('\n')
    const measured = formatImprovement(strategy.targetMetric, actualImprovement, interval)
    table.push([
      strategy.agentId,
      changes,
      verdict(result.verdict),
      `${strategy.targetMetric}\n${measured}`,
      beforeAfter(result).replace(', ', '\n'),
    ])
  }
  const putBack = results.filter(({ success, keptBy }) => !success && !keptBy).length
  const leftAlone = cycles.flatMap(({ skipped, deferred }) => [
    ...deferred.map((line) => `put off: ${line}`),
    ...skipped.map((line) => `left alone: ${line}`),
  ])
  const kept = `${impact.successfulOptimizations} of ${impact.totalOptimizations} changes proven and kept${putBack > 0 ? ', the others put back exactly' : ''}.`
  return [
    results.length > 0 ? table.toString() : 'No change was tried.',
    kept,
    ...changedConfigurations(report),
    ...leftAlone,
  ].join('\n')
}

function changedConfigurations({ configurations }: RunReport): string[] {
  return Object.entries(configurations).flatMap(([agentId, { before, after }]) => {
    const changed = Object.keys(after).filter((knob) => !sameValue(before[knob], after[knob]))
    return changed.length === 0
      ? []
      : [`${agentId}: ${changed.map((knob) => `${knob} ${String(before[knob])} → ${String(after[knob])}`).join(', ')}`]
  })
}
