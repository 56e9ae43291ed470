import type { CumulativeImprovement } from '../analysis/reporting/results/index.ts'
import { describeImprovement, formatChanges, formatImprovement, metricLabels, pluralize } from '../model/format.ts'
import type { JudgedMetric } from '../model/metric.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { ResultsReport } from '../reading/results.ts'
import { formatBeforeAfter, formatVerdict } from './format-trial.ts'
import { formatTable } from './table.ts'

/** The results of all trials, for the terminal. */
export function formatResults({ results, impact, improvements }: ResultsReport): string {
  if (results.length === 0) return 'No trial has ended yet; npx optimizer cycle starts one.'
  const together = Object.entries(improvements).flatMap(([agentId, improvement]) => formatCumulativeLines(agentId, improvement))
  return [formatResultsTable(results), formatKeptSummary({ results, impact }), ...together].join('\n')
}

export function formatResultsTable(results: readonly OptimizationResult[]): string {
  return formatTable(
    ['agent', 'change', 'verdict', 'measured', 'before → after'],
    results.map((result) => {
      const { strategy, actualImprovement, interval } = result
      return [
        strategy.agentId,
        formatChanges(strategy.actions).replaceAll(', ', '\n'),
        formatVerdict(result.verdict),
        `${metricLabels[strategy.targetMetric]}\n${formatImprovement(strategy.targetMetric, actualImprovement, interval)}`,
        formatBeforeAfter(result).replace(', ', '\n'),
      ]
    }),
  )
}

/** "2 of 3 changes proven and kept, the others rolled back." */
export function formatKeptSummary({ results, impact }: Pick<ResultsReport, 'results' | 'impact'>): string {
  const rolledBack = results.filter(({ success, keptBy }) => !success && !keptBy).length
  return `${impact.successfulOptimizations} of ${impact.totalOptimizations} changes proven and kept${rolledBack > 0 ? ', the others rolled back' : ''}.`
}

function formatCumulativeLines(agentId: string, improvement: CumulativeImprovement): string[] {
  return Object.entries(improvement).map(
    ([metric, { improvement: together, interval, keptTrials }]) =>
      `${agentId}, all kept changes together: ${describeImprovement(metric as JudgedMetric, together, interval)}, ${pluralize(keptTrials, 'kept trial')}`,
  )
}
