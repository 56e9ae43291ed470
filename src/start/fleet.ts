import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'

const announcedSchema = z.object({ agents: z.record(z.string(), z.array(z.string())) })
/** URLs of the instances by agent. */
export type FleetAddresses = z.infer<typeof announcedSchema>['agents']

/** The reference fleet's entry. @throws OptimizerError `no-fleet` where it is not installed. */
export function resolveFleetModule(): string {
  const module = fileURLToPath(new URL('../../examples/fleet/main.ts', import.meta.url))
  if (existsSync(module)) return module
  throw new OptimizerError(
    'no-fleet',
    'The reference fleet comes with the repository only; start with --no-fleet and connect your own agents.',
  )
}

/** A receiver of the fleet's message that says where its agents are, and the promise of that message. */
export function createFleetReceiver(timeoutMs: number): {
  onMessage: (message: unknown) => void
  addresses: Promise<FleetAddresses>
} {
  const { promise, resolve, reject } = Promise.withResolvers<FleetAddresses>()
  const late = setTimeout(
    () =>
      reject(new OptimizerError('fleet-failed', 'The reference fleet did not come up; see logs/fleet.log in the data folder.')),
    timeoutMs,
  )
  const onMessage = (message: unknown) => {
    const parsed = announcedSchema.safeParse(message)
    if (!parsed.success) return
    clearTimeout(late)
    resolve(parsed.data.agents)
  }
  return { onMessage, addresses: promise }
}
