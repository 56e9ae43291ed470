import type { CumulativeImprovement } from '../analysis/reporting/results/index.ts'
import {
  describeImprovement,
  formatChanges,
  formatCut,
  formatImprovement,
  formatMetricValue,
  formatTimestamp,
  pluralize,
} from '../model/format.ts'
import { getRecordedMetric, type MetricDeclaration } from '../model/metric.ts'
import type { MetricEffect } from '../model/metric-effect.ts'
import { type StandingResult, standingWords } from '../model/result.ts'
import { describeEffect, groupEffects } from '../model/result-text.ts'
import type { SuccessOutcome } from '../model/success-metric.ts'
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
    ['agent', 'change', 'verdict', 'measured', 'other metrics', 'success criteria'],
    results.map((result) => {
      const { strategy, actualImprovement, interval } = result
      const metric = getRecordedMetric(strategy, strategy.targetMetric)
      return [
        strategy.agentId,
        formatChanges(strategy.actions).replaceAll(', ', '\n'),
        formatVerdictAndStanding(result).replace(', ', '\n'),
        [metric.label, formatImprovement(metric, actualImprovement, interval), ...formatTargetFigures(result)].join('\n'),
        formatOtherEffects(result),
        (result.successMetrics ?? []).map(formatSuccess).join('\n'),
      ]
    }),
  )
}

/** What a change gained and cost in the metrics beside its target, a line for each; the figures of results that do not record it. */
function formatOtherEffects(result: StandingResult): string {
  const others = result.effects?.filter(({ metric }) => metric !== result.strategy.targetMetric)
  if (!others) return formatBeforeAfter(result).replace(', ', '\n')
  const isTold = ({ effect, bounds }: MetricEffect) => effect !== 'unclear' || bounds.length > 0
  const silent = others.filter((effect) => !isTold(effect)).length
  return [
    ...groupEffects(others.filter(isTold)).flatMap(({ title, effects }) =>
      effects.map((effect) => `${title.toLowerCase()}: ${describeEffect(effect, true)} (${formatFigures(effect)})`),
    ),
    ...(silent > 0 ? [`no clear change in ${pluralize(silent, 'other')}`] : []),
  ].join('\n')
}

/** "2800 ms → 2145 ms" of the target; nothing where that was not recorded. */
function formatTargetFigures({ effects = [], strategy }: StandingResult): string[] {
  const target = effects.find(({ metric }) => metric === strategy.targetMetric)
  return target && target.before !== null ? [formatFigures(target)] : []
}

const formatFigures = (effect: MetricEffect) =>
  `${formatMetricValue(effect, effect.before)} → ${formatMetricValue(effect, effect.after)}`

const formatSuccess = ({ description, outcome }: SuccessOutcome) => `${outcome.replace('-', ' ')}: ${description}`

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
