import type { NatsConnection } from '@nats-io/transport-node'
import type { Database } from '../store/database.ts'
import type { Transport } from '../store/schema/fleet.ts'
import type { Actuator } from './actuator.ts'
import { HttpActuator } from './http/actuator.ts'
import { NatsActuator } from './nats/actuator.ts'

export type { Actuator, ActuatorTarget } from './actuator.ts'

/** The actuator for instances that announced themselves over this transport. */
export function createActuator(transport: Transport, connections: { nats: NatsConnection; db: Database }): Actuator {
  return transport === 'nats' ? new NatsActuator(connections.nats) : new HttpActuator(connections.db)
}
