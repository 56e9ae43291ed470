/** A bot that keeps its own `trading.db`, in the schema of document 002, and reads its settings from a file. */
import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

const schema = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE agent_executions (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP,
  agent_name VARCHAR(100) NOT NULL, execution_type VARCHAR(50) NOT NULL, input_data TEXT, output_data TEXT,
  success BOOLEAN DEFAULT 1, execution_time_ms INTEGER, error_message TEXT);`

export interface TradingBot {
  path: string
  /** The values in its settings file; undefined without one. */
  values(): Record<string, unknown> | undefined
}

interface Settings {
  version: number
  values: { pauseMs: number }
}

/**
 * Starts an instance of a bot, with 60 executions in its past.
 * @param path of its database
 * @param settingsFile where it reads `pauseMs` from; it notes the version of the file with each execution
 */
export function startTradingBot(
  { name, path, settingsFile }: { name: string; path: string; settingsFile: string },
  ended: AbortSignal,
): TradingBot {
  const file = new DatabaseSync(path)
  file.exec(`${schema}
    WITH RECURSIVE past (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < 60)
    INSERT INTO agent_executions (timestamp, agent_name, execution_type, execution_time_ms)
    SELECT datetime('now', (n - 3660) || ' seconds'), '${name}', 'decision_cycle', 15 + n % 10 FROM past`)
  const insert = file.prepare(
    `INSERT INTO agent_executions (agent_name, execution_type, input_data, execution_time_ms) VALUES ('${name}', 'decision_cycle', ?, ?)`,
  )
  const readSettings = (): Settings | undefined => {
    try {
      return JSON.parse(readFileSync(settingsFile, 'utf8'))
    } catch {
      return undefined
    }
  }
  const work = async () => {
    while (!ended.aborted) {
      const settings = readSettings()
      const from = performance.now()
      await sleep((settings?.values.pauseMs ?? 20) * (0.8 + 0.4 * Math.random()))
      const input = settings && JSON.stringify({ symbol: 'BTC', 'optimizer.configuration.version': settings.version })
      insert.run(input ?? null, Math.round(performance.now() - from))
    }
    file.close()
  }
  void work()
  return { path, values: () => readSettings()?.values }
}
