/** An Alertmanager of its own, whose notifications go to the given webhook. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findOnPath } from '../../src/servers/binaries/find-on-path.ts'
import { claimPort } from '../../src/servers/ports.ts'
import { endProcess } from './end-process.ts'
import { eventually } from './eventually.ts'

/** Debian's name first, then that of the project's own packages. */
const program = findOnPath('prometheus-alertmanager') ?? findOnPath('alertmanager')
/** Why it cannot be tested here; undefined if it can. */
export const missingAlertmanager = program
  ? undefined
  : 'Alertmanager is not installed, so nothing was tested with it: apt install prometheus-alertmanager'

/** Critical alerts go to `<webhook>/page`, all others to `<webhook>/mail`, grouped by the metric. */
export async function startAlertmanager(webhook: string) {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-alertmanager-'))
  const port = await claimPort(0, 'Alertmanager', '')
  const file = join(folder, 'alertmanager.yml')
  writeFileSync(
    file,
    `route:
  receiver: mail
  group_by: [metric]
  group_wait: 200ms
  group_interval: 200ms
  routes:
    - matchers: [severity="critical"]
      receiver: page
receivers:
  - name: mail
    webhook_configs: [{ url: '${webhook}/mail' }]
  - name: page
    webhook_configs: [{ url: '${webhook}/page' }]
`,
  )
  const options = ['--cluster.listen-address=', `--web.listen-address=127.0.0.1:${port}`, `--storage.path=${folder}`]
  const server = spawn(program!, [`--config.file=${file}`, ...options], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  const died = once(server, 'exit').then(([code]) => Promise.reject(new Error(`Alertmanager ended at once, with code ${code}`)))
  died.catch(() => undefined)
  await Promise.race([died, eventually('Alertmanager to answer', async () => (await fetch(`${url}/-/ready`)).ok || undefined)])
  return {
    url,
    async stop() {
      await endProcess(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
