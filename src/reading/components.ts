import { z } from 'zod'
import { findAlertMetric } from '../model/alert-threshold.ts'
import { type ComponentStatus, componentStatusSchema } from '../model/component.ts'
import { declaredKindSchema } from '../model/metric.ts'
import { listSharedComponentsSince } from '../store/components.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { StoredContext } from './context.ts'
import type { Page } from './listed.ts'

export const componentViewSchema = z.object({
  component: z.string(),
  kind: z.enum(['host', 'process', 'other']).describe('`other`: measured by another program'),
  status: componentStatusSchema
    .nullable()
    .describe('Its status as reported by the program that measures it; null if it reports none'),
  seenAt: z.date().describe('When it was last measured'),
  metrics: z
    .array(z.object({ name: z.string(), label: z.string(), kind: declaredKindSchema, unit: z.string(), value: z.number() }))
    .describe('Its newest reading'),
})
export type ComponentView = z.infer<typeof componentViewSchema>

const usualComponents = 100
/** A component that has not been measured for a day is not shown any more. */
const shownForMs = 86_400_000
/** What components have rather than use; it raises no alerts. */
const sizes: Record<string, { label: string; unit: string }> = {
  cpuCores: { label: 'CPU cores', unit: '' },
  memoryLimitMb: { label: 'total memory', unit: 'MB' },
  uptimeSeconds: { label: 'uptime', unit: 's' },
}
const urgency: Record<ComponentStatus, number> = { down: 0, degraded: 1, healthy: 2 }

/** The components measured within a day that are not instances of agents: hosts, processes and what other programs measure; worst first, then by name. */
export async function readComponents({ db, config }: StoredContext, limit = usualComponents): Promise<Page<ComponentView>> {
  const [components, catalogue] = await Promise.all([
    listSharedComponentsSince(db, new Date(Date.now() - shownForMs)),
    loadCatalogue(db, config.metrics),
  ])
  const rank = ({ status }: { status: ComponentStatus | null }) => (status ? urgency[status] : urgency.healthy)
  const items = components
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, limit)
    .map(({ component, kind, status, seenAt, metrics }): ComponentView => {
      const read = Object.entries(metrics).map(([name, value]) => {
        const { label, kind, unit } = findAlertMetric(name, catalogue) ?? {
          kind: 'continuous',
          ...(sizes[name] ?? { label: name, unit: '' }),
        }
        return { name, label, kind, unit, value }
      })
      return { component, kind, status, seenAt, metrics: read }
    })
  return { items, total: components.length }
}
