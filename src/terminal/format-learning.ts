import { styleText } from 'node:util'
import type { KnobImportance, LearningReport } from '../analysis/reporting/insights/index.ts'
import {
  formatImprovement,
  formatMeanChange,
  formatRatio,
  formatRatioRange,
  formatTruncation,
  pluralize,
} from '../model/format.ts'
import { getRecordedMetric, type Metric } from '../model/metric.ts'
import { formatTable } from './table.ts'

/** Maximum number of knobs per agent listed as worth a trial. */
const maxWorthTrying = 5

/** The learning report, for the terminal. */
export function formatLearning(report: LearningReport): string {
  const { successes, overall, predictions, agents, unusable, listed } = report
  if (successes.length === 0) return 'Nothing has been learned yet; npx optimizer cycle starts trials.'
  const importance = agents.flatMap((agent) =>
    Object.entries(agent.importance).map(([name, knobs]) => {
      const metric = getRecordedMetric(report, name)
      const rows = knobs.map((knob) => importanceCells(metric, knob))
      return `${agent.agentId}, ${metric.label}:\n${formatTable(['knob', 'trials', 'effect (80% interval)', 'certainty'], rows)}`
    }),
  )
  const worth = agents.flatMap(({ agentId, worthTrying }) => {
    const more = worthTrying.length - maxWorthTrying
    return [
      ...worthTrying.slice(0, maxWorthTrying).map(({ knob, metric: name, direction, gain, why }) => {
        const metric = getRecordedMetric(report, name)
        const promise = gain === null ? '' : `, up to ${formatImprovement(metric, gain, null)}`
        return `${agentId}, ${knob}${direction ? ` ${direction}` : ''} for ${metric.label}${promise}: ${why}`
      }),
      ...(more > 0 ? [`${agentId}: ${more} more; --json lists them`] : []),
    ]
  })
  return [
    section(
      'Success by strategy type',
      ['type', 'trials', 'proven', 'rolled back', 'undecided', 'mean gain if proven', 'typical'],
      successes.map(({ type, trials, proven, rolledBack, undecided, successRate, improvement, unit, documented }) => [
        type,
        trials,
        `${proven} (${percent(successRate)})`,
        rolledBack,
        undecided,
        improvement === null ? '–' : formatMeanChange(improvement, unit),
        documented ? formatRatioRange(documented) : '–',
      ]),
    ),
    describeOverall(overall),
    section(
      'Calibration: predicted and measured',
      ['type', 'trials', 'predicted', 'measured', 'within the 80% interval'],
      predictions.map(({ type, trials, predicted, measured, unit, within }) => [
        type,
        trials,
        formatMeanChange(predicted, unit),
        formatMeanChange(measured, unit),
        `${within} of ${trials} (${percent(within / trials)})`,
      ]),
    ),
    list('Effect of raising each knob across its whole range', importance),
    list('Still worth trying', worth),
    ...unusable.map(({ agentId, reason }) => `${agentId} is missing from the last two sections: ${reason}`),
    ...formatTruncation(listed.trials.shown, listed.trials.total, 'recent trial').map((line) => `The last two sections: ${line}`),
  ].join('\n\n')
}

/** "All types: 12 of 80 trials proven (15%; typical success rate: 80–90%). Of 12 kept changes, 11 showed no later harm (92%)." */
function describeOverall({ trials, proven, successRate, documented, kept, held }: LearningReport['overall']): string {
  const share = `${successRate === null ? '' : `${percent(successRate)}; `}typical success rate: ${formatRatioRange(documented)}`
  const lasting = kept > 0 ? ` Of ${pluralize(kept, 'kept change')}, ${held} showed no later harm (${percent(held / kept)}).` : ''
  return `All types: ${proven} of ${trials} trials proven (${share}).${lasting}`
}

const percent = (ratio: number) => formatRatio(ratio, 2)

function importanceCells(metric: Metric, { knob, trials, effect, interval, certainty }: KnobImportance): string[] {
  const others = trials.ofKind > 0 ? `, ${trials.ofKind} of its kind` : ''
  return [knob, `${trials.own}${others}`, formatImprovement(metric, effect, interval), percent(certainty)]
}

const list = (title: string, parts: readonly string[]) =>
  `${styleText('bold', title)}\n${parts.length > 0 ? parts.join('\n') : 'Nothing yet.'}`

function section(title: string, head: string[], rows: (string | number)[][]): string {
  return `${styleText('bold', title)}\n${rows.length > 0 ? formatTable(head, rows) : 'Nothing yet.'}`
}
