import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ProcessOptions {
  name: string
  /** A module to run with this Node. */
  module: string
  env: Record<string, string>
  logDir: string
  /** What the process sends its parent, once it has something to say. */
  onMessage?: (message: unknown) => void
}

/**
 * A process of the optimizer, kept running: one that dies is started again, however often. It has a process group of
 * its own, so that Ctrl-C reaches the supervisor alone, which then stops everything in order.
 */
export class SupervisedProcess {
  private readonly options: ProcessOptions
  private child: ChildProcess | undefined
  private stopping = false
  private running: Promise<void> = Promise.resolve()

  constructor(options: ProcessOptions) {
    this.options = options
    this.running = this.keep()
  }

  private async keep(): Promise<void> {
    mkdirSync(this.options.logDir, { recursive: true })
    for (let delayMs = 200; !this.stopping; delayMs = Math.min(delayMs * 2, 5_000)) {
      const from = Date.now()
      await this.runOnce()
      if (Date.now() - from > 30_000) delayMs = 200
      if (!this.stopping) await sleep(delayMs)
    }
  }

  private async runOnce(): Promise<void> {
    const { module, env, logDir, name, onMessage } = this.options
    const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' })
    const child = spawn(process.execPath, [module], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    this.child = child
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    if (onMessage) child.on('message', onMessage)
    await new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
    log.end()
  }

  /** SIGTERM, then SIGKILL after `graceMs`. */
  async stop(graceMs = 8_000): Promise<void> {
    this.stopping = true
    this.child?.kill('SIGTERM')
    const kill = setTimeout(() => this.child?.kill('SIGKILL'), graceMs)
    await this.running
    clearTimeout(kill)
  }
}
