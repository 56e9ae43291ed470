/** A NATS server with users of their own, whose passwords and permissions a test changes while it runs. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { resolveBinary } from '../../src/servers/binaries/index.ts'
import { claimPort } from '../../src/servers/ports.ts'
import { endProcess } from './end-process.ts'

export interface NatsUser {
  password: string
  /** Subjects, as in nats.conf. */
  permissions?: { publish?: NatsRule; subscribe?: NatsRule; allow_responses?: { max: number; expires: string } }
}
type NatsRule = string[] | { deny: string[] }

export interface ConfiguredNats {
  urlOf(user: string): string
  /** Resolves once the server has loaded it. */
  configure(users: Record<string, NatsUser>): Promise<void>
  stop(): Promise<void>
}

/** @param options more keys of nats.conf */
export async function startConfiguredNats(users: Record<string, NatsUser>, options: object = {}): Promise<ConfiguredNats> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-nats-'))
  const file = join(folder, 'nats.conf')
  const port = await claimPort(0, 'NATS', '')
  const write = (entries: Record<string, NatsUser>) => {
    const list = Object.entries(entries).map(([user, rest]) => ({ user, ...rest }))
    writeFileSync(file, JSON.stringify({ host: '127.0.0.1', port, authorization: { users: list }, ...options }))
  }
  write(users)
  const server = spawn(await resolveBinary('nats-server'), ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const log = createInterface({ input: server.stderr })
  const logged = (text: string) =>
    new Promise<void>((resolve) => {
      log.on('line', function find(line: string) {
        if (!line.includes(text)) return
        log.off('line', find)
        resolve()
      })
    })
  await logged('Server is ready')
  return {
    urlOf: (user) => `nats://${user}:${encodeURIComponent(users[user]!.password)}@127.0.0.1:${port}`,
    async configure(changed) {
      write(changed)
      const loaded = logged('Reloaded server configuration')
      server.kill('SIGHUP')
      await loaded
    },
    async stop() {
      await endProcess(server)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A NATS server with JetStream that can be killed as by a crash, and started again with what it had stored. */
export interface KillableNats {
  url: string
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startKillableNats(): Promise<KillableNats> {
  const folder = mkdtempSync(join(tmpdir(), 'optimizer-nats-'))
  const port = await claimPort(0, 'NATS', '')
  const file = await resolveBinary('nats-server')
  const args = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder]
  let server: ReturnType<typeof spawnServer>
  const spawnServer = () => spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const start = async () => {
    server = spawnServer()
    for await (const line of createInterface({ input: server.stderr })) if (line.includes('Server is ready')) return
  }
  const kill = () => endProcess(server, 'SIGKILL')
  await start()
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    start,
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
