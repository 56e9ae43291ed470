import { z } from 'zod'

/** The kinds of monitored components: hosts and processes by the optimizer itself, instances by their agents, others by other programs. */
export type ComponentKind = 'host' | 'process' | 'instance' | 'other'

/** Those that are no agent's. */
export type SharedComponentKind = Exclude<ComponentKind, 'instance'>

/** How a component is, as the program that measures it says. */
export const componentStatusSchema = z.enum(['healthy', 'degraded', 'down'])
export type ComponentStatus = z.infer<typeof componentStatusSchema>

const precedence: Record<ComponentKind, number> = { host: 2, process: 2, instance: 1, other: 0 }

/** Whether a reading may be taken for a component of the same name: nobody overwrites what is measured from nearer by. */
export const mayMeasure = (reading: ComponentKind, known: ComponentKind): boolean => precedence[reading] >= precedence[known]
