import type { Config } from '../config/config.ts'
import { toCleanText } from '../model/text.ts'
import { raiseAlert, replaceAlerts } from '../store/alerts.ts'
import { recordAnomalies } from '../store/anomalies.ts'
import type { Database } from '../store/database.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { AnomalyWatcher } from './anomaly-watcher.ts'

/** A failure does not stop the monitoring: the watching restarts from its last saved state. */
const retryDelayMs = 30_000

/**
 * Watches for anomalies as long as the monitoring runs, which does not wait for it.
 * @param onFailure told what failed, and in which sentence
 */
export function createAnomalyWatchLoop(
  db: Database,
  config: Config,
  onFailure: (error: unknown, message: string) => void,
): { start(): void; save(): Promise<void> } {
  let watcher: AnomalyWatcher | undefined
  let settings = config.anomalies
  let running: Promise<void> | undefined
  let pausedUntil = 0
  /** Whether what was open has been ended since the watching was switched off. */
  let isOver = false
  /** Whether another worker may have watched since this one has saved. */
  let mayBeOld = false
  let failures = 0
  const alertOfFailure = (error: unknown) =>
    raiseAlert(db, {
      cause: 'anomaly',
      component: 'anomaly detection',
      severity: 'high',
      message: toCleanText(
        `Anomaly detection is failing, so it finds no new anomalies: ${error instanceof Error ? error.message : error}`,
      ),
    })
  const run = async (work: () => Promise<void>) => {
    try {
      await work()
      failures = 0
    } catch (error) {
      watcher = undefined
      pausedUntil = Date.now() + retryDelayMs
      onFailure(error, 'anomaly detection failed')
      // Once it works again, its first step resolves the alert.
      if (failures++ > 0) await alertOfFailure(error).catch((other) => onFailure(other, 'the alert could not be raised'))
    } finally {
      running = undefined
    }
  }
  const advance = async () => {
    isOver = false
    const catalogue = await loadCatalogue(db, config.metrics)
    if (settings !== config.anomalies) {
      await watcher?.save()
      watcher = undefined
      settings = config.anomalies
    }
    if (mayBeOld && !(await watcher?.isSaver())) watcher = undefined
    mayBeOld = false
    watcher ??= await AnomalyWatcher.load(db, settings, catalogue)
    await watcher.advance(catalogue)
  }
  const end = async () => {
    await watcher?.end()
    watcher = undefined
    await recordAnomalies(db, { open: [], ended: [], endsOthersAt: Date.now() })
    await replaceAlerts(db, 'anomaly', [])
    isOver = true
  }
  return {
    /** Processes the steps that are over, unless that is under way; ends open anomalies if detection has been switched off. */
    start() {
      if (running || Date.now() < pausedUntil) return
      const { enabled } = config.anomalies
      const isDue = enabled ? watcher?.isDue() !== false : !isOver
      if (isDue) running = run(enabled ? advance : end)
    },
    async save() {
      await running
      mayBeOld = true
      // Nothing is looked at in the meantime, so that all series are saved as of one step.
      running = watcher
        ?.save()
        .catch((error) => onFailure(error, 'the state of anomaly detection could not be saved'))
        .finally(() => {
          running = undefined
        })
      await running
    },
  }
}
