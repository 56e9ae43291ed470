import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { hasConfigFile } from '../config/load-config.ts'
import { OptimizerError } from '../model/errors.ts'

const announcedSchema = z.object({ agents: z.record(z.string(), z.array(z.string())) })
/** URLs of the instances by agent. */
export type FleetAddresses = z.infer<typeof announcedSchema>['agents']

/** The main module of the reference fleet. @throws OptimizerError `no-fleet` if it is not installed. */
export function resolveFleetModule(): string {
  const module = fileURLToPath(new URL('../../examples/fleet/main.ts', import.meta.url))
  if (existsSync(module)) return module
  throw new OptimizerError(
    'no-fleet',
    'The reference fleet is included only in the repository; start with --no-fleet and connect your own agents.',
  )
}

/** Has everything that this process starts use the configuration of the fleet, unless the user has one. @throws OptimizerError `no-fleet` */
export function defaultToFleetConfig(env: NodeJS.ProcessEnv = process.env): void {
  if (!hasConfigFile(env)) env.OPTIMIZER_CONFIG = join(dirname(resolveFleetModule()), 'optimizer.config.json')
}

/** A receiver of the fleet's message with the addresses of its agents, and a promise of those addresses. */
export function createFleetReceiver(timeoutMs: number): {
  onMessage: (message: unknown) => void
  addresses: Promise<FleetAddresses>
} {
  const { promise, resolve, reject } = Promise.withResolvers<FleetAddresses>()
  const timer = setTimeout(
    () => reject(new OptimizerError('fleet-failed', 'The reference fleet did not start; see logs/fleet.log in the data folder.')),
    timeoutMs,
  )
  const onMessage = (message: unknown) => {
    const parsed = announcedSchema.safeParse(message)
    if (!parsed.success) return
    clearTimeout(timer)
    resolve(parsed.data.agents)
  }
  return { onMessage, addresses: promise }
}
