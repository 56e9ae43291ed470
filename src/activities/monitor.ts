import { cpus, hostname, totalmem } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { Context } from '@temporalio/activity'
import { pino } from 'pino'
import type { Activities } from '../contract/activities.ts'
import { ProcessMeter } from '../measuring/process-meter.ts'
import type { EngineSettings, EngineSettingsOverrides } from '../model/engine-settings.ts'
import { describeError } from '../model/errors.ts'
import { toleratedSkewMs } from '../model/liveness.ts'
import { createSinks } from '../sinks/index.ts'
import { HostMeter, readProcessMetrics } from '../sources/system/host-meter.ts'
import { correctFutureTimes } from '../store/clock.ts'
import type { ComponentReading } from '../store/component-reading.ts'
import { resolveStaleStatusAlerts } from '../store/component-status.ts'
import { recordReadings } from '../store/components.ts'
import { getEngineOverrides } from '../store/engine-settings.ts'
import { recordSilences } from '../store/instance-liveness.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { ensureProfilingSchedule } from '../temporal/profiling-schedule.ts'
import { alertOnAbsentAgents } from './alert-on-absent-agents.ts'
import type { Dependencies } from './dependencies.ts'
import { ThresholdEvaluator } from './evaluate-thresholds.ts'
import { AlertNotifier } from './notify-alerts.ts'
import { createOptimizerSink } from './optimizer-sink.ts'
import { createOutboxSink } from './outbox-sink.ts'
import { NoticeSender } from './send-notices.ts'
import { createAnomalyWatchLoop } from './watch-anomalies.ts'

/** One attempt takes readings for this long. */
const attemptMs = 10 * 60_000
const heartbeatMs = 2_000
/** Readings from other programs are compared, and receivers notified, at least this often: Alertmanager forgets alerts that are not repeated. */
const longestEvaluationMs = 60_000
/** A new interval is noticed within this time. */
const longestSleepMs = 1_000

/**
 * Takes a reading of this host and process every `monitoring_interval_seconds` (D1), records it, and raises, resolves and
 * sends alerts (D5), among them those of anomalies, requests for approval and reports that are due. The Schedule of profiles follows its parameter; a change that fails is tried again by the next attempt. If another step
 * fails, so does the attempt, and the next one begins.
 */
export function createMonitorActivity(dependencies: Dependencies, evaluationMs = longestEvaluationMs): Activities['monitor'] {
  const { db, temporal, config } = dependencies
  const log = pino({ name: 'monitor', level: config.logLevel })
  const optimizer = createOptimizerSink(db, temporal, config.taskQueue)
  const listSinks = () => [createOutboxSink(db), ...createSinks(config.alertSinks), optimizer]
  const teller = new AlertNotifier(listSinks, (sink, error) =>
    log.warn({ sink, error: describeError(error) }, 'alerts could not be sent'),
  )
  const notices = new NoticeSender(dependencies, (receiver, error) =>
    log.warn({ receiver, error: describeError(error) }, 'a report or a request for approval could not be sent'),
  )
  /** Kept from one attempt to the next too, because it takes long to load. */
  const anomalies = createAnomalyWatchLoop(db, config, (error, message) => log.warn({ error: describeError(error) }, message))
  const evaluator = new ThresholdEvaluator(db)
  const host = new HostMeter()
  /** Kept from one attempt to the next, so that the first reading of an attempt covers more than an instant. */
  let own: ProcessMeter | undefined
  /** By a monotonic clock. */
  let readAt = Number.NEGATIVE_INFINITY
  let evaluatedAt = Number.NEGATIVE_INFINITY
  const watchedSince = performance.now()
  let overruled: string[] = []
  return async () => {
    const context = Context.current()
    own ??= new ProcessMeter()
    const meters = { host, own }
    const beat = setInterval(() => context.heartbeat(), heartbeatMs)
    // By a monotonic clock.
    const until = performance.now() + attemptMs
    let scheduled: string | null | undefined
    /** The host's clock minus a monotonic one: it decreases when the host's clock is set back. */
    let ahead = Number.POSITIVE_INFINITY
    try {
      while (performance.now() < until) {
        log.level = config.logLevel
        const before = ahead
        ahead = Date.now() - performance.now()
        if (ahead < before - toleratedSkewMs) await correctFutureTimes(db)
        const overrides = await getEngineOverrides(db)
        const settings = { ...config.performance_engine_agent, ...overrides }
        const overruledBefore = overruled
        overruled = listOverruled(config.performance_engine_agent, overrides)
        if (overruled.length > 0 && !isDeepStrictEqual(overruled, overruledBefore))
          log.warn({ overruled }, 'messages have overridden configured parameters; reset them to use the configured values')
        if (settings.profiling_schedule !== scheduled) {
          scheduled = settings.profiling_schedule
          await ensureProfilingSchedule(temporal, scheduled, config.taskQueue).catch((error: unknown) =>
            log.warn({ error: describeError(error) }, 'the Schedule for profiles could not be changed'),
          )
        }
        await recordSilences(db)
        const intervalMs = settings.monitoring_interval_seconds * 1_000
        const now = performance.now()
        const isDue = now >= readAt + intervalMs
        if (isDue) {
          await recordReadings(db, await readHere(meters), intervalMs)
          readAt = now
        }
        if (isDue || now >= evaluatedAt + evaluationMs) {
          evaluatedAt = now
          await evaluator.evaluate({
            thresholds: settings.alert_thresholds,
            catalogue: await loadCatalogue(db, config.metrics),
            monitoringMs: intervalMs,
            cycleMs: config.schedule.maxMinutes * 60_000,
          })
          await alertOnAbsentAgents(db, now - watchedSince)
          await resolveStaleStatusAlerts(db, Date.now())
          teller.start(db)
          notices.start()
        }
        anomalies.start()
        const next = Math.min(readAt + intervalMs, evaluatedAt + evaluationMs)
        await context.sleep(Math.max(1, Math.min(longestSleepMs, next - performance.now())))
      }
    } finally {
      await anomalies.save()
      await Promise.all([teller.finish(), notices.finish()])
      clearInterval(beat)
    }
  }
}

/** The parameters whose values in the configuration are not in force. */
const listOverruled = (configured: EngineSettings, overrides: EngineSettingsOverrides): string[] =>
  Object.entries(overrides).flatMap(([name, value]) =>
    isDeepStrictEqual(configured[name as keyof EngineSettings], value) ? [] : [name],
  )

/** A reading of this host and of this process. */
async function readHere(meters: { host: HostMeter; own: ProcessMeter }): Promise<ComponentReading[]> {
  const at = new Date()
  const host = hostname()
  const { heapPercent, ...runtime } = readProcessMetrics()
  const [{ ioBytesPerSecond, ...measured }, { cpuPercent, memoryPercent, networkBytesPerSecond, ...others }] = await Promise.all([
    meters.host.read(),
    meters.own.read(),
  ])
  return [
    {
      component: host,
      kind: 'host',
      at,
      ...measured,
      ...runtime,
      others: {
        cpuCores: cpus().length,
        memoryLimitMb: totalmem() / 2 ** 20,
        ...(ioBytesPerSecond !== null && { ioBytesPerSecond }),
      },
    },
    { component: `${host}/worker`, kind: 'process', at, cpuPercent, memoryPercent, networkBytesPerSecond, heapPercent, others },
  ]
}
