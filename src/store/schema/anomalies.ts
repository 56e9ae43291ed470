import type { GeneratedAlways } from 'kysely'
import type { Anomaly } from '../../model/anomaly.ts'
import type { Json } from './columns.ts'

export interface AnomalySeries {
  component: string
  metric: string
  state: Json<object>
  watchedUntil: Date
  isLearning: boolean
}

export interface Anomalies {
  id: GeneratedAlways<number>
  component: string
  metric: string
  since: Date
  endedAt: Date | null
  content: Json<Anomaly>
  dismissedAt: Date | null
  dismissedBy: string | null
  dismissal: string | null
}

export interface Deployments {
  id: GeneratedAlways<number>
  at: Date
  component: string | null
  description: string
  deployedBy: string
}

export interface AnomalyTables {
  anomalySeries: AnomalySeries
  anomalies: Anomalies
  deployments: Deployments
}
