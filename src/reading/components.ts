import { z } from 'zod'
import { findAlertMetric } from '../model/alert-threshold.ts'
import {
  type ComponentStatus,
  componentStatusLifetimeMs,
  componentStatusSchema,
  type SharedComponentKind,
  sharedComponentKindSchema,
} from '../model/component.ts'
import { declaredKindSchema, type MetricCatalogue } from '../model/metric.ts'
import { textSchema } from '../model/text.ts'
import { listSharedComponentsSince, type MonitoredComponent } from '../store/components.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { StoredContext } from './context.ts'
import { type Page, toFirstPage } from './list-extent.ts'

export const componentViewSchema = z.object({
  component: z.string(),
  kind: sharedComponentKindSchema,
  status: componentStatusSchema
    .nullable()
    .describe('The status, as reported by the program that measures the component; null if none is reported'),
  isStatusOld: z.boolean().describe('True if the component has not been measured for an hour, so its status may be out of date'),
  seenAt: z.date().describe('When the component was last measured'),
  metrics: z
    .array(z.object({ name: z.string(), label: z.string(), kind: declaredKindSchema, unit: z.string(), value: z.number() }))
    .describe('The latest reading'),
})
export type ComponentView = z.infer<typeof componentViewSchema>

export const componentFilterSchema = z.object({
  kind: sharedComponentKindSchema.optional().describe('Only components of this kind'),
  status: componentStatusSchema
    .optional()
    .describe('Only components whose last reported status is this one; it may be out of date'),
  search: textSchema.max(200).default('').describe('Part of a name'),
})
type ComponentFilter = z.input<typeof componentFilterSchema>

const usualComponents = 100
/** A component that has not been measured for a day is not shown any more. */
const shownForMs = 86_400_000
/** Metrics of what components have rather than use; they raise no alerts. */
const sizes: Record<string, { label: string; unit: string }> = {
  cpuCores: { label: 'CPU cores', unit: '' },
  memoryLimitMb: { label: 'total memory', unit: 'MB' },
  uptimeSeconds: { label: 'uptime', unit: 's' },
}
const urgency: Record<ComponentStatus, number> = { down: 0, degraded: 1, healthy: 2 }

/**
 * The components measured within a day that are not instances of agents: hosts, processes and what other programs measure; worst first,
 * then by name. An old status counts as none.
 */
export async function readComponents(
  { db, config }: StoredContext,
  { limit = usualComponents, kind, status, search = '' }: ComponentFilter & { limit?: number | undefined } = {},
): Promise<Page<ComponentView>> {
  const now = Date.now()
  const [components, catalogue] = await Promise.all([
    listSharedComponentsSince(db, new Date(now - shownForMs)),
    loadCatalogue(db, config.metrics),
  ])
  const isOld = ({ seenAt }: MonitoredComponent) => seenAt.getTime() <= now - componentStatusLifetimeMs
  const rank = (component: MonitoredComponent) =>
    component.status && !isOld(component) ? urgency[component.status] : urgency.healthy
  const wanted = search.trim().toLowerCase()
  const matching = components.filter(
    (each) =>
      (kind === undefined || each.kind === kind) &&
      (status === undefined || each.status === status) &&
      each.component.toLowerCase().includes(wanted),
  )
  const { items, total } = toFirstPage(
    matching.toSorted((a, b) => rank(a) - rank(b)),
    limit,
  )
  return { items: items.map((each) => ({ ...toView(each, catalogue), isStatusOld: each.status !== null && isOld(each) })), total }
}

function toView(
  { component, kind, status, seenAt, metrics }: MonitoredComponent & { kind: SharedComponentKind },
  catalogue: MetricCatalogue,
): Omit<ComponentView, 'isStatusOld'> {
  const read = Object.entries(metrics).map(([name, value]) => {
    const { label, kind, unit } = findAlertMetric(name, catalogue) ?? {
      kind: 'continuous' as const,
      ...(sizes[name] ?? { label: name, unit: '' }),
    }
    return { name, label, kind, unit, value }
  })
  return { component, kind, status, seenAt, metrics: read }
}
