import type { AccessTables } from './schema/access.ts'
import type { AnomalyTables } from './schema/anomalies.ts'
import type { ApprovalTables } from './schema/approvals.ts'
import type { EventTables } from './schema/events.ts'
import type { FleetTables } from './schema/fleet.ts'
import type { ObservationTables } from './schema/observations.ts'
import type { OptimizationTables } from './schema/optimization.ts'
import type { OutboxTables } from './schema/outbox.ts'
import type { TelemetryTables } from './schema/telemetry.ts'

/** Every table as Kysely sees it, one interface per migration. Names are camelCase here and snake_case in PostgreSQL. */
export interface Schema
  extends FleetTables,
    ObservationTables,
    OptimizationTables,
    ApprovalTables,
    TelemetryTables,
    EventTables,
    AccessTables,
    OutboxTables,
    AnomalyTables {}
