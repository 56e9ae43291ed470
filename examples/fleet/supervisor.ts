import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Peers } from './runtime/child.ts'

const restartAfterMs = 300
const stopWithinMs = 1_500

interface Member {
  name: string
  entry: string
  env: Record<string, string>
  child: ChildProcess
  url: string
}

/** Starts the processes of the fleet, restarts those that die, and stops them all. */
export class Supervisor {
  readonly #members = new Map<string, Member>()
  readonly #logFolder: string | undefined
  #peers: Peers = {}
  #stopping = false

  /** Each process writes its own log in `logFolder`; without a folder, only errors are shown. */
  constructor(logFolder: string | undefined) {
    this.#logFolder = logFolder
    if (logFolder) mkdirSync(logFolder, { recursive: true })
  }

  /**
   * Starts a process. Resolves with its address once it is ready.
   * @throws Error if it exits before that
   */
  async start(name: string, entry: string, env: Record<string, string>): Promise<string> {
    const child = this.#fork(name, entry, { ...env, FLEET_PORT: '0' })
    const member: Member = { name, entry, env, child, url: '' }
    this.#members.set(name, member)
    member.url = await this.#ready(member)
    return member.url
  }

  /** Tells every process, including those restarted later, where the agents are. */
  announce(peers: Peers): void {
    this.#peers = peers
    for (const { child } of this.#members.values()) if (child.connected) child.send({ peers })
  }

  /** Stops everything within two seconds. */
  async stop(): Promise<void> {
    this.#stopping = true
    const running = [...this.#members.values()]
      .map(({ child }) => child)
      .filter((child) => child.exitCode === null && child.signalCode === null)
    const ended = Promise.all(running.map((child) => once(child, 'exit')))
    for (const child of running) child.kill('SIGTERM')
    await Promise.race([ended, delay(stopWithinMs, undefined, { ref: false })])
    for (const child of running) child.kill('SIGKILL')
    await ended
  }

  #fork(name: string, entry: string, env: Record<string, string>): ChildProcess {
    const options = { env: { ...process.env, ...env }, execArgv: [] }
    if (!this.#logFolder) return fork(entry, { ...options, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const child = fork(entry, { ...options, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    // A log that cannot be written, for example on a full disk, does not end the fleet.
    const log = createWriteStream(join(this.#logFolder, `${name}.log`), { flags: 'a' }).on('error', () => undefined)
    for (const output of [child.stdout, child.stderr]) output?.pipe(log, { end: false })
    child.once('close', () => log.end())
    return child
  }

  async #ready(member: Member): Promise<string> {
    const { child, name } = member
    child.once('exit', () => void this.#restart(member))
    // One that cannot be started exits, or is tried again; without a listener, the error would end the fleet.
    child.on('error', () => undefined)
    return new Promise((resolve, reject) => {
      child.once('message', (message: { ready: { url: string } }) => resolve(message.ready.url))
      child.once('exit', (code) => {
        if (!this.#stopping) reject(new Error(`${name} exited with code ${code} before it was ready; see its error output.`))
      })
    })
  }

  /** Restarts on the same port, so that its address stays valid for the others. */
  async #restart(member: Member): Promise<void> {
    if (this.#stopping) return
    await delay(restartAfterMs)
    if (this.#stopping) return
    const port = member.url ? new URL(member.url).port : '0'
    member.child = this.#fork(member.name, member.entry, { ...member.env, FLEET_PORT: port })
    await this.#ready(member).then(
      () => member.child.send({ peers: this.#peers }),
      () => undefined,
    )
  }
}
