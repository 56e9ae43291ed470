import type { NatsConnection } from '@nats-io/transport-node'
import type { Database } from '../store/database.ts'
import type { Transport } from '../store/schema/fleet.ts'
import type { Actuator } from './actuator.ts'
import { HttpActuator } from './http/actuator.ts'
import { NatsActuator } from './nats/actuator.ts'

export type { Actuator, ActuatorTarget } from './actuator.ts'

/** Without the version in force, nobody could tell which executions a change made. */
const unconfirmed =
  'nothing says that it has taken it: let its spans name the version in optimizer.configuration.version, or its webhook in the answer.'

/** The actuator for instances that announced themselves over this transport. */
export function createActuator(transport: Transport, connections: { nats: NatsConnection; db: Database }): Actuator {
  if (transport === 'nats') return new NatsActuator(connections.nats)
  return new HttpActuator(connections.db, transport === 'otlp' ? unconfirmed : undefined)
}
