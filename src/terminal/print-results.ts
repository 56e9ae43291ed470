import Table from 'cli-table3'
import type { CumulativeImprovement } from '../analysis/reporting/results/index.ts'
import { formatImprovement } from '../model/improvement.ts'
import type { JudgedMetric } from '../model/knob.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { ResultsReport } from '../reading/run-report.ts'
import { beforeAfter, changesText, verdict } from './render.ts'

/** What all trials came to, for a person at a terminal. */
export function printResults({ results, impact, improvements }: ResultsReport): string {
  if (results.length === 0) return 'No trial has ended yet; npx optimizer cycle starts one.'
  const together = Object.entries(improvements).flatMap(([agentId, improvement]) => togetherLines(agentId, improvement))
  return [resultsTable(results), keptLine({ results, impact }), ...together].join('\n')
}

export function resultsTable(results: readonly OptimizationResult[]): string {
  const table = new Table({
    head: ['agent', 'change', 'verdict', 'measured', 'before → after'],
    style: { head: [], border: [] },
    wordWrap: true,
  })
  for (const result of results) {
    const { strategy, actualImprovement, interval } = result
    table.push([
      strategy.agentId,
      changesText(strategy.actions).replaceAll(', ', '\n'),
      verdict(result.verdict),
      `${strategy.targetMetric}\n${formatImprovement(strategy.targetMetric, actualImprovement, interval)}`,
      beforeAfter(result).replace(', ', '\n'),
    ])
  }
  return table.toString()
}

/** "2 of 3 changes proven and kept, the others put back exactly." */
export function keptLine({ results, impact }: Pick<ResultsReport, 'results' | 'impact'>): string {
  const putBack = results.filter(({ success, keptBy }) => !success && !keptBy).length
  return `${impact.successfulOptimizations} of ${impact.totalOptimizations} changes proven and kept${putBack > 0 ? ', the others put back exactly' : ''}.`
}

function togetherLines(agentId: string, improvement: CumulativeImprovement): string[] {
  return Object.entries(improvement).map(
    ([metric, { improvement: together, interval, keptTrials }]) =>
      `${agentId}, all kept changes together: ${metric} ${formatImprovement(metric as JudgedMetric, together, interval)} by ${keptTrials}`,
  )
}
