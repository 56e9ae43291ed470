import { styleText } from 'node:util'
import type { KnobImportance, LearningReport } from '../analysis/reporting/insights/index.ts'
import { formatCut, formatImprovement, formatMeanChange, formatRatio } from '../model/format.ts'
import { getRecordedMetric, type Metric } from '../model/metric.ts'
import { formatTable } from './table.ts'

/** Maximum number of knobs per agent listed as worth a trial. */
const mostWorthTrying = 5

/** The learning report, for the terminal. */
export function formatLearning(report: LearningReport): string {
  const { successes, promises, agents, unusable, listed } = report
  if (successes.length === 0) return 'Nothing has been learned yet; npx optimizer cycle starts trials.'
  const importance = agents.flatMap((agent) =>
    Object.entries(agent.importance).flatMap(([metric, knobs]) =>
      knobs.map((knob) => [agent.agentId, metric, ...importanceCells(getRecordedMetric(report, metric), knob)]),
    ),
  )
  const worth = agents.flatMap(({ agentId, worthTrying }) => {
    const more = worthTrying.length - mostWorthTrying
    return [
      ...worthTrying
        .slice(0, mostWorthTrying)
        .map(({ knob, metric, direction, gain, why }) => [
          agentId,
          metric,
          `${knob}${direction ? ` ${direction}` : ''}`,
          gain === null ? '?' : `up to ${formatImprovement(getRecordedMetric(report, metric), gain, null)}`,
          why,
        ]),
      ...(more > 0 ? [[agentId, '', `${more} more`, '', '--json lists them']] : []),
    ]
  })
  return [
    section(
      'Success by type of strategy',
      ['type', 'trials', 'proven', 'rolled back', 'undecided', 'mean if proven'],
      successes.map(({ type, trials, proven, rolledBack, undecided, successRate, improvement, unit }) => [
        type,
        trials,
        `${proven} (${percent(successRate)})`,
        rolledBack,
        undecided,
        improvement === null ? '–' : formatMeanChange(improvement, unit),
      ]),
    ),
    section(
      'Calibration: promised and measured',
      ['type', 'trials', 'promised', 'measured', 'within the 80% interval'],
      promises.map(({ type, trials, promised, measured, unit, within }) => [
        type,
        trials,
        formatMeanChange(promised, unit),
        formatMeanChange(measured, unit),
        `${within} of ${trials} (${percent(within / trials)})`,
      ]),
    ),
    section(
      'Effect of raising each knob over its whole range',
      ['agent', 'metric', 'knob', 'trials', 'effect (80% interval)', 'certainty'],
      importance,
    ),
    section('Still worth trying', ['agent', 'metric', 'knob', 'gain', 'why'], worth),
    ...unusable.map(({ agentId, reason }) => `${agentId} is left out of the last two tables: ${reason}`),
    ...formatCut(listed.trials.shown, listed.trials.total, 'recent trial').map((line) => `The last two tables: ${line}`),
  ].join('\n\n')
}

const percent = (ratio: number) => formatRatio(ratio, 2)

function importanceCells(metric: Metric, { knob, trials, effect, interval, certainty }: KnobImportance): string[] {
  const others = trials.ofKind > 0 ? ` + ${trials.ofKind} of its kind` : ''
  return [knob, `${trials.own}${others}`, formatImprovement(metric, effect, interval), percent(certainty)]
}

function section(title: string, head: string[], rows: (string | number)[][]): string {
  return `${styleText('bold', title)}\n${rows.length > 0 ? formatTable(head, rows) : 'Nothing yet.'}`
}
