import type { NatsConnection } from '@nats-io/transport-node'
import type { Client } from '@temporalio/client'
import type { Actuator } from '../actuators/actuator.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../store/database.ts'
import type { TransportName } from '../store/schema/fleet.ts'

/** The connections and services that activities use; built once by `worker.ts`. */
export interface Dependencies {
  db: Database
  nats: NatsConnection
  temporal: Client
  config: Config
  actuatorFor: (transport: TransportName) => Actuator
}
