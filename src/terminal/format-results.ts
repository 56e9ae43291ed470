import { stripVTControlCharacters } from 'node:util'
import type { CumulativeImprovement } from '../analysis/reporting/results/index.ts'
import { formatChanges, formatImprovement, formatTruncation, pluralize } from '../model/format.ts'
import { getRecordedMetric, type RecordedMetric } from '../model/metric.ts'
import type { MetricEffect } from '../model/metric-effect.ts'
import { describeUndo, type StandingResult, standingPhrases } from '../model/result.ts'
import { describeEffect, describeObservedValues, groupEffects, omitRedundantEffects } from '../model/result-text.ts'
import { describeSavings } from '../model/saving.ts'
import type { SuccessOutcome } from '../model/success-metric.ts'
import type { ResultsReport } from '../reading/results.ts'
import { formatTime } from './format-time.ts'
import { formatBeforeAfter, formatVerdictAndStanding } from './format-trial.ts'

/** The results of all trials, for the terminal. @param running trials that have not ended */
export function formatResults(report: ResultsReport, running = 0): string {
  const { results, listed, improvements, declared } = report
  if (listed.results.total === 0)
    return running > 0
      ? `No trial has ended yet; ${pluralize(running, 'trial')} ${running === 1 ? 'is' : 'are'} running, npx optimizer status shows ${running === 1 ? 'it' : 'them'}.`
      : 'No trial has ended yet; npx optimizer cycle starts one.'
  const together = Object.entries(improvements).flatMap(([agentId, improvement]) =>
    formatCumulativeLines(agentId, improvement, declared),
  )
  return [
    formatResultBlocks(results),
    ...formatTruncation(listed.results.shown, listed.results.total, 'result'),
    formatKeptSummary(report),
    ...describeSavings(report.savings),
    ...together,
    ...formatUndoneTrials(report),
  ].join('\n')
}

/** A block of lines for each result, at most `width` columns wide: the change and its verdict, then what it gained and what it cost. */
export function formatResultBlocks(results: readonly StandingResult[], width = 100): string {
  return results
    .flatMap((result) => {
      const { agentId, actions } = result.strategy
      const headline = `${agentId}, ${formatChanges(actions)}: ${formatVerdictAndStanding(result)}`
      const details = [formatTimes(result), formatTarget(result), ...formatOtherEffects(result), ...formatCriteria(result)]
      return [...wrapLine(headline, width), ...details.flatMap((line) => wrapLine(`  ${line}`, width))]
    })
    .join('\n')
}

/** "opt_1, 2026-11-29 13:18:28 to 2026-11-29 13:20:13" */
function formatTimes({ strategy: { id }, timestamp, executionTime }: StandingResult): string {
  const endedAt = Date.parse(timestamp)
  return `${id}, ${formatTime(new Date(endedAt - executionTime))} to ${formatTime(new Date(endedAt))}`
}

/** "response time 23.4% faster (12.1 to 33.0% faster), adjusted; observed 2800 ms → 2145 ms": the effect on the target, and the measured values if they were recorded. */
function formatTarget({ strategy, actualImprovement, interval, effects = [] }: StandingResult): string {
  const metric = getRecordedMetric(strategy, strategy.targetMetric)
  const target = effects.find(({ metric }) => metric === strategy.targetMetric)
  const figures = target && target.before !== null ? `, ${describeObservedValues(target)}` : ''
  return `${metric.label} ${formatImprovement(metric, actualImprovement, interval)}${figures}`
}

/** The gains and costs of a change in metrics other than its target, one line each; for results that do not record them, the values before and after. */
function formatOtherEffects(result: StandingResult): string[] {
  const others =
    result.effects && omitRedundantEffects(result.effects).filter(({ metric }) => metric !== result.strategy.targetMetric)
  if (!others) return [formatBeforeAfter(result)]
  const isTold = ({ effect, bounds }: MetricEffect) => effect !== 'unclear' || bounds.length > 0
  const silent = others.filter((effect) => !isTold(effect)).length
  return [
    ...groupEffects(others.filter(isTold)).flatMap(({ title, effects }) =>
      effects.map((effect) => `${title.toLowerCase()}: ${describeEffect(effect, true)} (${describeObservedValues(effect)})`),
    ),
    ...(silent > 0 ? [`no clear change in ${pluralize(silent, 'other')}`] : []),
  ]
}

/** "criteria met: 3 of 5 (2 not measured)" */
function formatCriteria({ successMetrics = [] }: StandingResult): string[] {
  if (successMetrics.length === 0) return []
  const count = (outcome: SuccessOutcome['outcome']) => successMetrics.filter((criterion) => criterion.outcome === outcome).length
  const unmeasured = count('not-measured')
  return [`criteria met: ${count('met')} of ${successMetrics.length}${unmeasured > 0 ? ` (${unmeasured} not measured)` : ''}`]
}

/** Wraps a line; continuation lines are indented further. */
function wrapLine(line: string, width: number): string[] {
  const indent = ' '.repeat(line.search(/\S/) + 2)
  const lines: string[] = []
  for (const word of line.split(/(?<=\S) /)) {
    const longer = `${lines.at(-1)} ${word}`
    if (lines.length === 0) lines.push(word)
    else if (stripVTControlCharacters(longer).length <= width) lines[lines.length - 1] = longer
    else lines.push(indent + word)
  }
  return lines
}

/** "2 of 3 changes proven and kept, 1 of them undone later." */
export function formatKeptSummary({ impact, undone }: Pick<ResultsReport, 'impact' | 'undone'>): string {
  const later = undone.length > 0 ? `; ${pluralize(undone.length, 'kept change')} no longer in force` : ''
  return `${impact.successfulOptimizations} of ${impact.totalOptimizations} changes proven and kept${later}.`
}

export function formatUndoneTrials({ undone }: Pick<ResultsReport, 'undone'>): string[] {
  return undone.map(({ trialId, agentId, changes, standing, undone: why }) => {
    const more = why && describeUndo(why)
    const reason = why ? ` at ${formatTime(new Date(why.at))}${more ? `: ${more}` : ''}` : ''
    return `${agentId}, not counted: ${trialId} (${formatChanges(changes)}) was kept and ${standingPhrases[standing]}${reason}`
  })
}

function formatCumulativeLines(
  agentId: string,
  improvement: CumulativeImprovement,
  declared: readonly RecordedMetric[],
): string[] {
  return Object.entries(improvement).map(([name, { improvement: together, interval, keptTrials }]) => {
    const metric = getRecordedMetric({ declared }, name)
    return `${agentId}, all changes still in force, combined: ${metric.label} ${formatImprovement(metric, together, interval)}, ${pluralize(keptTrials, 'kept trial')}`
  })
}
