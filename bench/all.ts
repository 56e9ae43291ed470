import { anomalies } from './anomalies.ts'
import { causes } from './causes/bench.ts'
import { client } from './client/bench.ts'
import { collection } from './collection.ts'
import { cycle } from './cycle.ts'
import { detection } from './detection.ts'
import { durability } from './durability.ts'
import { fault } from './fault/bench.ts'
import { fleet } from './fleet/bench.ts'
import { forecasts } from './forecasting/bench.ts'
import { ingest } from './ingest.ts'
import { judging } from './judging/bench.ts'
import { learning } from './learning/bench.ts'
import { lists } from './lists.ts'
import { longTrials } from './long-trials/bench.ts'
import { memory } from './memory.ts'
import { page } from './page.ts'
import { profiling } from './profiling.ts'
import { report } from './report.ts'
import { retention } from './retention.ts'
import { size } from './size.ts'
import { strategies } from './strategies.ts'
import { telemetry } from './telemetry.ts'
import type { Bench } from './timing.ts'
import { tuning } from './tuning/bench.ts'

/** Every benchmark, in the order in which they run. */
export const all: Bench[] = [
  collection,
  detection,
  strategies,
  retention,
  size,
  client,
  lists,
  page,
  cycle,
  report,
  ingest,
  telemetry,
  durability,
  memory,
  judging,
  longTrials,
  learning,
  tuning,
  profiling,
  causes,
  forecasts,
  anomalies,
  fleet,
  fault,
]
