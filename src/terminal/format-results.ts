import type { CumulativeImprovement } from '../analysis/reporting/results/index.ts'
import { describeImprovement, formatChanges, formatCut, formatImprovement, formatTimestamp, pluralize } from '../model/format.ts'
import { getRecordedMetric, type MetricDeclaration } from '../model/metric.ts'
import { type StandingResult, standingWords } from '../model/result.ts'
import type { ResultsReport } from '../reading/results.ts'
import { formatBeforeAfter, formatVerdictAndStanding } from './format-trial.ts'
import { formatTable } from './table.ts'

/** The results of all trials, for the terminal. */
export function formatResults(report: ResultsReport): string {
  const { results, listed, improvements, declared } = report
  if (listed.results.total === 0) return 'No trial has ended yet; npx optimizer cycle starts one.'
  const together = Object.entries(improvements).flatMap(([agentId, improvement]) =>
    formatCumulativeLines(agentId, improvement, declared),
  )
  return [
    formatResultsTable(results),
    ...formatCut(listed.results.shown, listed.results.total, 'result'),
    formatKeptSummary(report),
    ...together,
    ...formatUndone(report),
  ].join('\n')
}

export function formatResultsTable(results: readonly StandingResult[]): string {
  return formatTable(
    ['agent', 'change', 'verdict', 'measured', 'before → after'],
    results.map((result) => {
      const { strategy, actualImprovement, interval } = result
      const metric = getRecordedMetric(strategy, strategy.targetMetric)
      return [
        strategy.agentId,
        formatChanges(strategy.actions).replaceAll(', ', '\n'),
        formatVerdictAndStanding(result).replace(', ', '\n'),
        `${metric.label}\n${formatImprovement(metric, actualImprovement, interval)}`,
        formatBeforeAfter(result).replace(', ', '\n'),
      ]
    }),
  )
}

/** "2 of 3 changes proven and kept, 1 of them undone later." */
export function formatKeptSummary({ impact, undone }: Pick<ResultsReport, 'impact' | 'undone'>): string {
  const later = undone.length > 0 ? `; ${pluralize(undone.length, 'kept change')} no longer in force` : ''
  return `${impact.successfulOptimizations} of ${impact.totalOptimizations} changes proven and kept${later}.`
}

export function formatUndone({ undone }: Pick<ResultsReport, 'undone'>): string[] {
  return undone.map(({ trialId, agentId, changes, standing, undone: why }) => {
    const reason = why ? ` at ${formatTimestamp(new Date(why.at))}: ${why.reason}` : ''
    return `${agentId}, not counted: ${trialId} (${formatChanges(changes)}) was kept and ${standingWords[standing]}${reason}`
  })
}

function formatCumulativeLines(
  agentId: string,
  improvement: CumulativeImprovement,
  declared: readonly MetricDeclaration[],
): string[] {
  return Object.entries(improvement).map(
    ([name, { improvement: together, interval, keptTrials }]) =>
      `${agentId}, all changes that stand together: ${describeImprovement(getRecordedMetric({ declared }, name), together, interval)}, ${pluralize(keptTrials, 'kept trial')}`,
  )
}
