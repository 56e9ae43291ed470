/** A report as sections of sentences and tables, from which every format is written. */
import {
  describeCountermeasures,
  formatChanges,
  formatDuration,
  formatImprovement,
  formatMeanChange,
  formatShare,
  formatTimestamp,
  formatTruncation,
  joinWithAnd,
  pluralize,
} from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { describeOutcome, standingPhrases } from '../model/result.ts'
import { describeSavings } from '../model/saving.ts'
import type { PeriodReport } from '../reading/period-report-schema.ts'

export type SectionName =
  | 'impact'
  | 'gains'
  | 'bottlenecks'
  | 'anomalies'
  | 'profiles'
  | 'recommendations'
  | 'calibration'
  | 'trials'

export interface ReportSection {
  name: SectionName
  title: string
  /** Sentences, each on its own. */
  lines: string[]
  /** Empty tables are left out. */
  table?: { head: string[]; rows: (string | number)[][] }
}

/** "Report of market-hunter, 2026-11-22T08:00:00Z to 2026-11-29T08:00:00Z" */
export function describeReport({
  cycleId,
  agentId,
  from,
  to,
}: Pick<PeriodReport, 'cycleId' | 'agentId' | 'from' | 'to'>): string {
  const time = `${formatTimestamp(from)} to ${formatTimestamp(to)}`
  const parts = [agentId, cycleId && `cycle ${cycleId}`, time]
  return `Report of ${parts.filter((part) => part !== null).join(', ')}`
}

/** The sections of a report, the most important first. */
export function outlineReport(report: PeriodReport): ReportSection[] {
  return [
    outlineImpact(report),
    outlineGains(report),
    outlineBottlenecks(report),
    outlineAnomalies(report),
    outlineProfiles(report),
    outlineRecommendations(report),
    outlineCalibration(report),
    outlineTrials(report),
  ]
}

function outlineImpact({ cycleId, cycles, trials, impact }: PeriodReport): ReportSection {
  const began = Object.values(cycles).reduce((sum, count) => sum + count, 0)
  const states = Object.entries(cycles).map(([state, count]) => `${count} ${state}`)
  const ran = cycleId === null ? [`${pluralize(began, 'cycle')} started${began > 0 ? `: ${joinWithAnd(states)}` : ''}.`] : []
  if (trials.ended === 0) return { name: 'impact', title: 'Impact', lines: [...ran, 'No trial ended.'] }
  const { ended, kept, rolledBack, undecided, totalMs } = trials
  return {
    name: 'impact',
    title: 'Impact',
    lines: [
      ...ran,
      `${pluralize(ended, 'trial')} ended: ${kept} kept, ${rolledBack} rolled back, ${undecided} undecided. Together they took ${formatDuration(totalMs)}.`,
      impact.successfulOptimizations > 0
        ? `${formatShare(impact.successfulOptimizations, ended)} were proven; the mean improvement of their target is ${formatMeanChange(impact.overallImprovement, impact.improvementUnit ?? null)}.`
        : 'None was proven.',
    ],
    table: {
      head: ['type of strategy', 'mean improvement, % or points'],
      rows: Object.entries(impact.categoryImprovements).map(([type, improvement]) => [type, improvement ?? 0]),
    },
  }
}

const effects = { gained: 'gained', lost: 'cost', unclear: 'not clear' } as const

function outlineGains({ gains, savings, listed, declared, undone }: PeriodReport): ReportSection {
  const none = gains.length === 0 ? ['No change from this period is in force.'] : []
  return {
    name: 'gains',
    title: 'Gains and their cost',
    lines: [
      ...none,
      ...describeSavings(savings),
      ...formatTruncation(listed.undone.shown, listed.undone.total, 'undone change'),
      ...undone.map(
        ({ trialId, agentId, standing }) => `Not counted: ${trialId} on ${agentId} was kept and ${standingPhrases[standing]}.`,
      ),
      ...(listed.gains.shown < listed.gains.total ? [`The largest ${listed.gains.shown} of ${listed.gains.total}.`] : []),
    ],
    table: {
      head: ['agent', 'metric', '', 'change (95% interval)', 'kept trials'],
      rows: gains.map(({ agentId, metric, label, improvement, interval, keptTrials, effect }) => [
        agentId,
        label,
        effects[effect],
        formatImprovement(getRecordedMetric({ declared }, metric), improvement, interval),
        keptTrials,
      ]),
    },
  }
}

function outlineBottlenecks({ bottlenecks: { total, recurring } }: PeriodReport): ReportSection {
  return {
    name: 'bottlenecks',
    title: 'Bottlenecks',
    lines: [total === 0 ? 'No cycle found a bottleneck.' : `Cycles found ${pluralize(total, 'bottleneck')}.`],
    table: {
      head: ['of', 'worst', 'cycles', 'first', 'last', 'the newest', 'what was done'],
      rows: recurring.map(({ component, worst, count, firstAt, lastAt, description, done }) => [
        component,
        worst,
        count,
        formatTimestamp(firstAt),
        formatTimestamp(lastAt),
        description,
        describeCountermeasures(done).join(' '),
      ]),
    },
  }
}

function outlineAnomalies({ anomalies, judgedSeries, listed: { anomalies: cut } }: PeriodReport): ReportSection {
  return {
    name: 'anomalies',
    title: 'Anomalies',
    lines: [
      ...(anomalies.length === 0 ? ['No anomaly was found.'] : formatTruncation(cut.shown, cut.total, 'anomaly')),
      judgedSeries.description,
    ],
    table: {
      head: ['of', 'severity', 'began', 'ended', 'what and why', 'what was done'],
      rows: anomalies.map(({ component, severity, since, endedAt, explanation, done }) => [
        component,
        severity,
        formatTimestamp(since),
        endedAt === null ? 'ongoing' : formatTimestamp(endedAt),
        explanation,
        describeCountermeasures(done).join(' '),
      ]),
    },
  }
}

function outlineProfiles({ profiles, listed: { profiles: cut } }: PeriodReport): ReportSection {
  return {
    name: 'profiles',
    title: 'Profiles',
    lines: profiles.length === 0 ? ['No profile was taken.'] : formatTruncation(cut.shown, cut.total, 'profile'),
    table: {
      head: ['profile', 'of', 'kind', 'taken', 'hotspots'],
      rows: profiles.map(({ id, target, instanceId, kind, takenAt, summary, hotspots }) => [
        id,
        instanceId === null ? target : `${target}/${instanceId}`,
        kind,
        formatTimestamp(takenAt),
        hotspots.length === 0 ? summary : hotspots.map(({ text }) => text).join(' '),
      ]),
    },
  }
}

const outlineRecommendations = ({ recommendations }: PeriodReport): ReportSection => ({
  name: 'recommendations',
  title: 'Recommendations',
  lines: recommendations.length === 0 ? ['There is nothing to recommend.'] : [],
  table: { head: ['recommended now', 'evidence'], rows: recommendations.map(({ text, evidence }) => [text, evidence.join(' ')]) },
})

function outlineCalibration({ calibration: { summary } }: PeriodReport): ReportSection {
  return {
    name: 'calibration',
    title: 'Calibration',
    lines: summary.length === 0 ? ['No trial with a prediction was measured.'] : ['Predicted and measured improvements.'],
    table: {
      head: ['strategy type', 'trials', 'predicted', 'measured', 'within the 80% interval'],
      rows: summary.map(({ type, trials, predicted, measured, unit, within }) => [
        type,
        trials,
        formatMeanChange(predicted, unit),
        formatMeanChange(measured, unit),
        formatShare(within, trials),
      ]),
    },
  }
}

function outlineTrials({ results, listed }: PeriodReport): ReportSection {
  return {
    name: 'trials',
    title: 'Trials',
    lines: formatTruncation(listed.results.shown, listed.results.total, 'trial'),
    table: {
      head: ['trial', 'began', 'ended', 'agent', 'change', 'outcome', 'effect on the target'],
      rows: results.map((result) => {
        const { strategy, timestamp, executionTime, actualImprovement, interval } = result
        const endedAt = Date.parse(timestamp)
        const metric = getRecordedMetric(strategy, strategy.targetMetric)
        return [
          strategy.id,
          formatTimestamp(new Date(endedAt - executionTime)),
          formatTimestamp(new Date(endedAt)),
          strategy.agentId,
          formatChanges(strategy.actions),
          describeOutcome(result),
          `${metric.label} ${formatImprovement(metric, actualImprovement, interval)}`,
        ]
      }),
    },
  }
}

/** How many rows of a table a summary has. */
const maxRows: Partial<Record<SectionName, number>> = { gains: 5, bottlenecks: 3, anomalies: 3, recommendations: 3 }

/** A few sentences for a message: the title, the impact, and the first rows of what matters most. */
export function summarizeReport(report: PeriodReport): string[] {
  return [
    describeReport(report),
    ...outlineReport(report).flatMap(({ name, title, lines, table }) => {
      if (name === 'impact') return lines
      const rows = (table?.rows ?? []).slice(0, maxRows[name] ?? 0)
      return rows.length === 0 ? [] : [`${title}:`, ...rows.map((row) => `• ${row.filter((cell) => cell !== '').join(' · ')}`)]
    }),
  ]
}
