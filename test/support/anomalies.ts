import type { Anomaly } from '../../src/model/anomaly.ts'
import { now } from './profiles.ts'

/** An anomaly of the response time of the market-hunter that goes on. */
export const anomaly = (known: Partial<Anomaly> = {}): Anomaly => ({
  component: 'market-hunter',
  metric: 'responseTime',
  kind: 'level-shift',
  since: now - 600_000,
  detectedAt: now - 500_000,
  endedAt: null,
  usual: [800, 1_200],
  before: 1_000,
  value: 2_800,
  evidence: 10,
  isWorse: true,
  type: 'response_time_anomaly',
  severity: 'high',
  causes: [],
  events: [],
  ...known,
})
