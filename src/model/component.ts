import { z } from 'zod'

/** The kinds of monitored components: hosts and processes by the optimizer itself, instances by their agents, others by other programs. */
export type ComponentKind = 'host' | 'process' | 'instance' | 'other'

/** Those that are no agent's. */
export const sharedKindSchema = z
  .enum(['host', 'process', 'other'] satisfies Exclude<ComponentKind, 'instance'>[])
  .describe('`other` is what another program measures')
export type SharedComponentKind = z.infer<typeof sharedKindSchema>

/** How a component is, as the program that measures it says. */
export const componentStatusSchema = z.enum(['healthy', 'degraded', 'down'])
export type ComponentStatus = z.infer<typeof componentStatusSchema>

/** What nobody has measured for an hour is not known any more: its status is old, and alerts about it end. Milliseconds. */
export const rememberedMs = 3_600_000

const precedence: Record<ComponentKind, number> = { host: 2, process: 2, instance: 1, other: 0 }

/** Whether a reading may be taken for a component of the same name: nobody overwrites what is measured from nearer by. */
export const mayMeasure = (reading: ComponentKind, known: ComponentKind): boolean => precedence[reading] >= precedence[known]
