import type { NatsConnection } from '@nats-io/transport-node'
import type { Database } from '../store/database.ts'
import type { TransportName } from '../store/schema/fleet.ts'
import { findLatestVersionReport, reportedVersionLifetimeMs } from '../store/telemetry/reported-versions.ts'
import type { Actuator, ActuatorTarget } from './actuator.ts'
import { HttpActuator } from './http/actuator.ts'
import { NatsActuator } from './nats/actuator.ts'

export type { Actuator, ActuatorTarget } from './actuator.ts'

/** Without the version in force, executions could not be attributed to a change. */
const unconfirmed =
  'nothing confirms that the instance applied it: have its spans name the version in optimizer.configuration.version, or its webhook return it, or set takesEffectSeconds.'

/** Advice for an instance that is known only from telemetry and has not confirmed a version. */
async function explainUnconfirmed(db: Database, target: ActuatorTarget, version: number): Promise<string> {
  const endedAt = await findLatestVersionReport(db, target, version)
  const ageSeconds = endedAt === undefined ? 0 : Math.round((Date.now() - endedAt) / 1_000)
  if (ageSeconds * 1_000 <= reportedVersionLifetimeMs) return unconfirmed
  const limit = reportedVersionLifetimeMs / 1_000
  return `its spans name version ${version}, but the latest of them ended ${ageSeconds} s ago, and only spans from the last ${limit} s confirm a version: correct the clock on its machine, or have it export sooner.`
}

/** The actuator for instances that announced themselves over this transport. */
export function createActuator(transport: TransportName, connections: { nats: NatsConnection; db: Database }): Actuator {
  const { nats, db } = connections
  if (transport === 'nats') return new NatsActuator(nats)
  return new HttpActuator(db, transport === 'otlp' ? (target, version) => explainUnconfirmed(db, target, version) : undefined)
}
