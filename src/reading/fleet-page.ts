import { z } from 'zod'
import { severityRank } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import { isUsableForJudging } from '../model/judged-metric.ts'
import { type MetricCatalogue, type MetricName, metricNameSchema } from '../model/metric.ts'
import { textSchema } from '../model/text.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { createCachedReader } from './cached-reader.ts'
import type { StoredContext } from './context.ts'
import { type Fleet, fleetSchema, readFleet, shownMetricSchema, toDisplayedMetric } from './fleet.ts'

type FleetAgent = Fleet['agents'][number]
/** How much worse its metric is than in the previous hour, percent or points; negative if it is better. */
type Worsening = (agent: FleetAgent) => number

const filters = {
  all: () => true,
  trial: ({ trialId }: FleetAgent) => trialId !== null,
  bottleneck: ({ severity }: FleetAgent) => severity !== null,
  worse: (agent: FleetAgent, worsening: Worsening) => worsening(agent) > 5,
  waiting: ({ waiting }: FleetAgent) => waiting,
  silent: ({ live }: FleetAgent) => live === 0,
}
const filterSchema = z.enum(Object.keys(filters) as (keyof typeof filters)[])
const sortSchema = z.enum(['attention', 'slowest', 'value', 'trend', 'name'])

export const fleetQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Maximum number of agents'),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0).describe('Number of agents to skip'),
  sort: sortSchema
    .default('name')
    .describe(
      'Order: most in need of attention, slowest response time, worst value, worst trend, or by id; ties are broken by id',
    ),
  metric: metricNameSchema
    .optional()
    .describe('The metric to show and order by, instead of the one that each agent is optimized for'),
  filter: filterSchema
    .default('all')
    .describe(
      'Only agents that are in a trial, with a bottleneck, worse than in the previous hour by more than 5 (percent or points), waiting for approval, or without a live instance',
    ),
  search: textSchema.max(200).default('').describe('Part of an id or a kind'),
})
export type FleetQuery = z.output<typeof fleetQuerySchema>

export const fleetPageSchema = fleetSchema.extend({
  agents: fleetSchema.shape.agents.describe('The agents of this page, in the requested order'),
  total: z.int().describe('Number of matching agents'),
  choices: z.array(shownMetricSchema).describe('Metrics that can be requested'),
  counts: z.record(filterSchema, z.int()).describe('Number of agents that each filter selects'),
})
export type FleetPage = z.infer<typeof fleetPageSchema>

/** More metrics are not requested at the same time. */
const maxReaders = 20

/**
 * The list of the fleet, page by page: every agent in one line. A large fleet is read every few seconds, not for each request.
 * @returns a function that throws OptimizerError `invalid-input` for a metric that is not known
 */
export function createFleetReader(context: StoredContext): (query: FleetQuery) => Promise<FleetPage> {
  const readers = new Map<MetricName | undefined, () => ReturnType<typeof readList>>()
  return async (query) => {
    const { metric } = query
    // A name that means nothing must not take the place of a metric that is read.
    if (metric !== undefined && !readers.has(metric)) requireMetric(await loadKnown(context), metric)
    const read = readers.get(metric) ?? createCachedReader(() => readList(context, metric))
    readers.delete(metric)
    readers.set(metric, read)
    if (readers.size > maxReaders) readers.delete(readers.keys().next().value)
    const { list, choices } = await read()
    return { ...list.getPage(query), choices }
  }
}

async function readList(context: StoredContext, metric: MetricName | undefined) {
  const catalogue = await loadKnown(context)
  if (metric !== undefined) requireMetric(catalogue, metric)
  const choices = [...catalogue.values()].filter(isUsableForJudging).map(toDisplayedMetric)
  return { list: new SortableFleet(await readFleet(context, metric)), choices }
}

const loadKnown = ({ db, config }: StoredContext): Promise<MetricCatalogue> => loadCatalogue(db, config.metrics)

/** @throws OptimizerError `invalid-input` */
function requireMetric(catalogue: MetricCatalogue, metric: MetricName): void {
  if (!catalogue.has(metric))
    throw new OptimizerError('invalid-input', `There is no metric ${metric}; choose one of those listed by GET /api/fleet.`)
}

/** A fleet; each of its orders is computed once. */
export class SortableFleet {
  readonly #metrics: Fleet['metrics']
  readonly #counts: FleetPage['counts']
  readonly #ordered = new Map<FleetQuery['sort'], readonly FleetAgent[]>()
  readonly #worsening: Worsening
  readonly #isHigherBetter: (agent: FleetAgent) => boolean

  /** @param fleet its agents by id */
  constructor({ agents, metrics }: Fleet) {
    const higher = new Set(metrics.filter(({ direction }) => direction === 'higher').map(({ name }) => name))
    this.#metrics = metrics
    this.#isHigherBetter = ({ metric }) => higher.has(metric)
    this.#worsening = (agent) => (agent.trend ?? 0) * (this.#isHigherBetter(agent) ? -1 : 1)
    this.#ordered.set('name', agents)
    const count = (name: keyof typeof filters) => agents.filter((agent) => filters[name](agent, this.#worsening)).length
    this.#counts = Object.fromEntries(filterSchema.options.map((name) => [name, count(name)])) as FleetPage['counts']
  }

  getPage({ limit, offset, sort, filter, search }: FleetQuery): Omit<FleetPage, 'choices'> {
    const wanted = search.trim().toLowerCase()
    const matching = this.#inOrder(sort).filter(
      (agent) =>
        filters[filter](agent, this.#worsening) &&
        (wanted === '' || agent.agentId.toLowerCase().includes(wanted) || agent.kind.toLowerCase().includes(wanted)),
    )
    const agents = matching.slice(offset, offset + limit)
    const named = new Set(agents.map(({ metric }) => metric))
    const metrics = this.#metrics.filter(({ name }) => named.has(name))
    return { agents, metrics, total: matching.length, counts: this.#counts }
  }

  #inOrder(sort: FleetQuery['sort']): readonly FleetAgent[] {
    const known = this.#ordered.get(sort)
    if (known) return known
    const keyOf = {
      attention: computeAttention,
      slowest: ({ responseTime }: FleetAgent) => responseTime ?? -1,
      trend: this.#worsening,
      value: this.#badness,
      name: () => 0,
    }[sort]
    // The sort is stable, so that equal ones stay in the order of their ids.
    const keyed = this.#ordered
      .get('name')!
      .map((agent) => ({ agent, key: keyOf(agent), metric: sort === 'value' ? agent.metric : '' }))
    const ordered = keyed
      .sort((a, b) => (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : b.key - a.key || 0))
      .map(({ agent }) => agent)
    this.#ordered.set(sort, ordered)
    return ordered
  }

  readonly #badness = (agent: FleetAgent) =>
    agent.value === null ? -Number.MAX_VALUE : this.#isHigherBetter(agent) ? -agent.value : agent.value
}

/** How much an agent needs a person: by its bottleneck, then whether it runs, then whether it is being tried. */
function computeAttention({ severity, live, trialId }: FleetAgent): number {
  return (severity ? 10 * severityRank[severity] : 0) + (live === 0 ? 8 : 0) + (trialId ? 5 : 0)
}
