/** A real Prometheus that scrapes the given targets. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOnPath } from '../../src/servers/binaries/find-on-path.ts'
import { claimPort } from '../../src/servers/ports.ts'
import { endProcess } from './end-process.ts'
import { eventually } from './eventually.ts'

const [program, promtool] = ['prometheus', 'promtool'].map((name) => findOnPath(name))
/** Why it cannot be tested here; undefined if it can. */
export const missingPrometheus =
  program && promtool ? undefined : 'Prometheus is not installed, so nothing was tested with it: apt install prometheus'

/** The objections of promtool to metrics; empty if there are none. */
export function checkMetrics(text: string): string {
  try {
    return execFileSync(promtool!, ['check', 'metrics'], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

/** @param targets addresses that are scraped every two seconds, by the name of their job */
export async function startPrometheus(targets: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-prometheus-'))
  const address = `127.0.0.1:${await claimPort(0, 'Prometheus', '')}`
  const scrape_configs = Object.entries(targets).map(([job_name, target]) => ({
    job_name,
    static_configs: [{ targets: [target] }],
  }))
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ global: { scrape_interval: '2s' }, scrape_configs }))
  const options = [
    '--config.file=prometheus.yml',
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ]
  const server = spawn(program!, options, { cwd: folder, stdio: 'ignore' })
  const url = `http://${address}`
  await eventually('Prometheus to be ready', async () => (await fetch(`${url}/-/ready`)).ok || undefined)
  return {
    url,
    /** The values that a query selects, by the labels of their series. */
    async query(query: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data.result
    },
    async stop() {
      await endProcess(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
