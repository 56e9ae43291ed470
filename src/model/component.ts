import { z } from 'zod'

/** The kinds of monitored components: hosts and processes by the optimizer itself, instances by their agents, others by other programs. */
export type ComponentKind = 'host' | 'process' | 'instance' | 'other'

/** Components that do not belong to an agent. */
export const sharedComponentKindSchema = z
  .enum(['host', 'process', 'other'] satisfies Exclude<ComponentKind, 'instance'>[])
  .describe('`other`: measured by another program')
export type SharedComponentKind = z.infer<typeof sharedComponentKindSchema>

/** The status of a component, as the program that measures it reports it. */
export const componentStatusSchema = z.enum(['healthy', 'degraded', 'down'])
export type ComponentStatus = z.infer<typeof componentStatusSchema>

/** After an hour without a measurement, the status of a component is out of date, and alerts about it end. Milliseconds. */
export const componentStatusLifetimeMs = 3_600_000

const precedence: Record<ComponentKind, number> = { host: 2, process: 2, instance: 1, other: 0 }

/** Whether a reading may be accepted for a component of the same name: a more direct measurement is never overwritten. */
export const mayOverwriteReading = (reading: ComponentKind, known: ComponentKind): boolean =>
  precedence[reading] >= precedence[known]
