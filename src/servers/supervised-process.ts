import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  file: string
  args: string[]
  cwd?: string
  /** Added to this process's environment. */
  env?: Record<string, string>
  uid?: number
  gid?: number
}

export interface ProcessOptions {
  command: ServerCommand
  /** Output is appended to this file. */
  logFile: string
  /** Called with the messages of a Node process; without it, there is no IPC channel. */
  onMessage?: (message: unknown) => void
  /** Called after every start. */
  onLaunch?: (child: ChildProcess) => void
  /** Called after an unexpected exit, before the restart. */
  onUnexpectedExit?: (child: ChildProcess) => void
  /** Called when a restart fails, or `onLaunch` does; if there is no process then, the restart is tried again. */
  onRestartFailure?: (error: unknown) => void
  stopSignal: NodeJS.Signals
  /** SIGKILL follows if the process has not exited by then. */
  stopTimeoutMs: number
}

const firstDelayMs = 500
const longestDelayMs = 5_000
/** A process that ran this long did not fail while starting. */
const stableAfterMs = 30_000

/**
 * A process that is restarted whenever it exits unexpectedly. It has its own process group, so that Ctrl-C reaches only the
 * supervisor, which then stops everything in order.
 */
export class SupervisedProcess {
  private readonly options: ProcessOptions
  private readonly stopping = new AbortController()
  private restarting: Promise<void> = Promise.resolve()
  private current: ChildProcess | undefined

  constructor(options: ProcessOptions) {
    this.options = options
  }

  /** Starts the process once. */
  launch(): ChildProcess {
    const { command, logFile, onMessage, onLaunch } = this.options
    const { file, args, env, ...where } = command
    mkdirSync(dirname(logFile), { recursive: true })
    const output = openSync(logFile, 'a')
    const child = spawn(file, args, {
      ...where,
      env: { ...process.env, ...env },
      stdio: onMessage ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
      detached: true,
    })
    closeSync(output)
    child.on('error', () => {})
    if (onMessage) child.on('message', onMessage)
    this.current = child
    onLaunch?.(child)
    return child
  }

  /** Restarts the process from now on whenever it exits, with a delay that grows while it fails to start. */
  supervise(): void {
    this.restarting = this.keepRunning().catch((error) => {
      if (!this.stopping.signal.aborted) throw error
    })
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.restarting
    const child = this.current
    if (!child || hasEnded(child)) return
    const ended = once(child, 'exit')
    child.kill(this.options.stopSignal)
    const timeout = setTimeout(() => child.kill('SIGKILL'), this.options.stopTimeoutMs)
    await ended
    clearTimeout(timeout)
  }

  private async keepRunning(): Promise<void> {
    const { signal } = this.stopping
    let delayMs = firstDelayMs
    for (;;) {
      const child = this.current!
      const watchedSince = Date.now()
      if (!hasEnded(child)) await untilExitOr(child, signal)
      if (signal.aborted) return
      this.options.onUnexpectedExit?.(child)
      if (Date.now() - watchedSince >= stableAfterMs) delayMs = firstDelayMs
      do {
        await sleep(delayMs, undefined, { signal })
        delayMs = Math.min(2 * delayMs, longestDelayMs)
      } while (!this.relaunch())
    }
  }

  /** Whether there is a process; a full disk, for one, may prevent it for a while. */
  private relaunch(): boolean {
    const before = this.current
    try {
      this.launch()
    } catch (error) {
      this.options.onRestartFailure?.(error)
    }
    return this.current !== before
  }
}

function untilExitOr(child: ChildProcess, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}
