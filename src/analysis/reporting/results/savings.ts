/** The money saved by kept changes. */
import { createCatalogue, type Metric, type MetricName } from '../../../model/metric.ts'
import type { StandingResult } from '../../../model/result.ts'
import type { Saving, Savings } from '../../../model/saving.ts'
import { getMetricLevel } from '../../statistics/effects.ts'
import { sumEstimates } from '../../statistics/interval.ts'
import { collectDeclarations, computeCumulativeImprovement } from './cumulative.ts'
import { isStanding } from './standing.ts'

const currencies = new Set(Intl.supportedValuesOf('currency'))
/** A quantity in a currency, by its ISO 4217 code, where less is better. A ratio is not the cost of an execution. */
export const isCost = ({ unit, kind, direction, ratio }: Metric) =>
  currencies.has(unit) && kind === 'continuous' && direction === 'lower' && !ratio

/**
 * The daily saving of the proven changes still in force, in each currency: the cost before the first of them × their improvement together × the
 * executions of a day. Only improvements whose whole interval is a saving, or the opposite, count.
 * @param kept kept changes of any agents
 * @param executionsPerDay of an agent, those that report a metric, at its present rate; null if too little is known
 */
export function computeSavings(
  kept: readonly StandingResult[],
  executionsPerDay: (agentId: string, metric: MetricName) => number | null,
): Savings {
  const catalogue = createCatalogue(collectDeclarations(kept))
  const agents = [...Map.groupBy(kept, ({ strategy }) => strategy.agentId)].flatMap(([agentId, ofAgent]) =>
    Object.entries(computeCumulativeImprovement(ofAgent)).flatMap(([name, { improvement, interval, keptTrials }]): Saving[] => {
      const metric = catalogue.get(name)
      const costBefore = findCostBefore(ofAgent, name)
      if (!metric || !isCost(metric) || !interval || costBefore === null || interval[0] * interval[1] <= 0) return []
      const perDay = executionsPerDay(agentId, name)
      if (perDay === null) return []
      const toMoney = (percent: number) => (costBefore * perDay * percent) / 100
      const amount = { perDay: toMoney(improvement), interval: interval.map(toMoney) as [number, number] }
      return [{ agentId, metric: name, currency: metric.unit, ...amount, executionsPerDay: perDay, keptTrials }]
    }),
  )
  const totals = [...Map.groupBy(omitParts(agents), ({ currency }) => currency)].map(([currency, savings]) => {
    const { estimate, interval } = sumEstimates(savings.map(({ perDay, interval }) => ({ estimate: perDay, interval })))
    return { currency, perDay: estimate, interval }
  })
  return { totals, agents: agents.sort((a, b) => b.perDay - a.perDay) }
}

/** One cost for each agent and currency: of several, some are parts of others, such as that of a model of the whole. */
function omitParts(savings: readonly Saving[]): Saving[] {
  const ofOne = Map.groupBy(savings, ({ agentId, currency }) => `${currency} ${agentId}`)
  const isWhole = ({ metric }: Saving) => metric === 'costUsd'
  return [...ofOne.values()].map(
    (all) => all.find(isWhole) ?? all.reduce((most, each) => (each.perDay > most.perDay ? each : most)),
  )
}

/** The cost of an execution without the oldest change that is in force; null if no trial measured it. */
function findCostBefore(results: readonly StandingResult[], metric: MetricName): number | null {
  const oldestFirst = results.toSorted((a, b) => a.timestamp.localeCompare(b.timestamp))
  const levels = oldestFirst.flatMap(({ success, standing, metrics }) =>
    success && isStanding(standing) ? (getMetricLevel(metric, metrics.before) ?? []) : [],
  )
  return levels[0] ?? null
}
