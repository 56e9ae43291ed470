/** NATS with keys, credentials, certificates and a prefix. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { nkeys } from '@nats-io/transport-node'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'
import { connectNats } from '../../../src/messaging/connection.ts'
import { heartbeatResponseSchema } from '../../../src/messaging/protocol.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import { SubjectServer } from '../../../src/messaging/subject-server.ts'
import { natsOptionsSchema } from '../../../src/model/nats-options.ts'
import { resolveBinary } from '../../../src/servers/binaries/index.ts'
import { claimPort } from '../../../src/servers/ports.ts'
import { endProcess } from '../../support/end-process.ts'
import { patienceMs } from '../../support/eventually.ts'

const folder = mkdtempSync(join(tmpdir(), 'optimizer-security-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tlsFile = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}`, import.meta.url))
const optionsOf = (options: object) => natsOptionsSchema.parse(options)

/** A server with these keys of nats.conf, until the test ends. */
async function startServer(config: object): Promise<string> {
  const port = await claimPort(0, 'NATS', '')
  await serve(port, config)
  return `127.0.0.1:${port}`
}

/** Returns how to kill it, which the end of the test does too. */
async function serve(port: number, config: object): Promise<() => Promise<void>> {
  const file = join(folder, `${port}.conf`)
  writeFileSync(file, JSON.stringify({ host: '127.0.0.1', port, ...config }))
  const server = spawn(await resolveBinary('nats-server'), ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const kill = () => endProcess(server, 'SIGKILL')
  onTestFinished(kill)
  for await (const line of createInterface({ input: server.stderr })) if (line.includes('Server is ready')) break
  return kill
}

/** Whether a connection with these options is accepted. */
async function isAccepted(url: string, options: object = {}): Promise<boolean> {
  try {
    const nats = await connectNats(url, 'a test', undefined, optionsOf(options))
    await nats.flush()
    await nats.close()
    return true
  } catch {
    return false
  }
}

const write = (name: string, content: string | Uint8Array) => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** A JWT of NATS, signed with a key. */
function sign(issuer: nkeys.KeyPair, subject: nkeys.KeyPair, name: string, nats: object): string {
  const encode = (value: object | Uint8Array) =>
    Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64url')
  const claims = { jti: name, iat: 1_760_000_000, iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name, nats }
  const text = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`
  return `${text}.${encode(issuer.sign(new TextEncoder().encode(text)))}`
}

test('a token, in the address or beside it', async () => {
  const host = await startServer({ authorization: { token: 'a-token' } })
  expect(await isAccepted(`nats://${host}`)).toBe(false)
  expect(await isAccepted(`nats://a-token@${host}`)).toBe(true)
  expect(await isAccepted(`nats://${host}`, { token: 'a-token' })).toBe(true)
})

test('an NKEY, which may be replaced while it runs', async () => {
  const user = nkeys.createUser()
  const host = await startServer({ authorization: { users: [{ nkey: user.getPublicKey() }] } })
  const file = write('user.nk', new TextDecoder().decode(nkeys.createUser().getSeed()))
  expect(await isAccepted(`nats://${host}`, { nkeyFile: file })).toBe(false)
  write('user.nk', `${new TextDecoder().decode(user.getSeed())}\n`)
  expect(await isAccepted(`nats://${host}`, { nkeyFile: file })).toBe(true)
})

test('NATS that is restarted with another NKEY costs warnings, and the connection is back once its file has that key', async () => {
  const [before, after] = [nkeys.createUser(), nkeys.createUser()]
  const allow = (user: nkeys.KeyPair) => ({ authorization: { users: [{ nkey: user.getPublicKey() }] } })
  const store = (user: nkeys.KeyPair) => write('rotated.nk', new TextDecoder().decode(user.getSeed()))
  const port = await claimPort(0, 'NATS', '')
  const kill = await serve(port, allow(before))
  const options = optionsOf({ nkeyFile: store(before) })
  const warnings: string[] = []
  const nats = await connectNats(`nats://127.0.0.1:${port}`, 'a test', (message) => warnings.push(message), options)
  onTestFinished(() => nats.close())
  const server = new SubjectServer(nats, 'optimizer.agent.heartbeat', async () =>
    JSON.stringify({ known: true, assignedVersion: 3 }),
  )
  await kill()
  await serve(port, allow(after))
  await vi.waitFor(() => expect(warnings.join()).toContain('wrong user or password'), patienceMs)
  store(after)
  await vi.waitFor(() => expect(warnings.at(-1)).toContain('is back'), patienceMs)
  // Earlier subscriptions answer others again.
  const other = await connectNats(`nats://127.0.0.1:${port}`, 'another', undefined, options)
  onTestFinished(() => other.close())
  const answer = await sendRequest(other, 'optimizer.agent.heartbeat', {}, heartbeatResponseSchema, patienceMs)
  expect(answer).toMatchObject({ assignedVersion: 3 })
  await server.stop()
})

test('a credentials file with a JWT', async () => {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()]
  const limits = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, conn: -1, leaf: -1, wildcards: true }
  const version = { version: 2 }
  const host = await startServer({
    operator: sign(operator, operator, 'O', { type: 'operator', ...version }),
    resolver: 'MEMORY',
    resolver_preload: { [account.getPublicKey()]: sign(operator, account, 'A', { type: 'account', limits, ...version }) },
  })
  const jwt = sign(account, user, 'U', { type: 'user', subs: -1, data: -1, payload: -1, ...version })
  const seed = new TextDecoder().decode(user.getSeed())
  const block = (title: string, content: string) => `-----BEGIN ${title}-----\n${content}\n------END ${title}------\n`
  const credentialsFile = write('user.creds', `${block('NATS USER JWT', jwt)}\n${block('USER NKEY SEED', seed)}`)
  expect(await isAccepted(`nats://${host}`)).toBe(false)
  expect(await isAccepted(`nats://${host}`, { credentialsFile })).toBe(true)
  await expect(
    connectNats(`nats://${host}`, 'a test', undefined, optionsOf({ credentialsFile: join(folder, 'none') })),
  ).rejects.toMatchObject({
    code: 'invalid-config',
  })
})

test('TLS with a private authority and a client certificate', async () => {
  const [caFile, certFile, keyFile] = ['authority.pem', 'certificate.pem', 'key.pem'].map(tlsFile)
  const host = await startServer({ tls: { ca_file: caFile, cert_file: certFile, key_file: keyFile, verify: true } })
  expect(await isAccepted(`tls://${host}`)).toBe(false)
  expect(await isAccepted(`tls://${host}`, { caFile })).toBe(false)
  expect(await isAccepted(`tls://${host}`, { caFile, certFile, keyFile })).toBe(true)
})

test('installations with different prefixes share one NATS and do not hear each other', async () => {
  const url = `nats://${await startServer({})}`
  const [acme, other, plain] = await Promise.all(
    [{ subjectPrefix: 'acme.production' }, { subjectPrefix: 'other.' }, {}].map((options) =>
      connectNats(url, 'a test', undefined, optionsOf(options)),
    ),
  )
  onTestFinished(() => Promise.all([acme, other, plain].map((nats) => nats!.close())).then(() => undefined))
  const subjects: string[] = []
  plain!.subscribe('>', { callback: (_, message) => void subjects.push(message.subject) })
  await plain!.flush()
  const server = new SubjectServer(acme!, 'optimizer.agent.heartbeat', async () =>
    JSON.stringify({ known: true, assignedVersion: 3 }),
  )
  const ask = (nats: typeof acme) => sendRequest(nats!, 'optimizer.agent.heartbeat', {}, heartbeatResponseSchema, 2_000)
  await acme!.flush()
  expect(await ask(acme)).toMatchObject({ assignedVersion: 3 })
  await expect(ask(other)).rejects.toThrow()
  await vi.waitFor(
    () =>
      expect(subjects).toEqual(
        expect.arrayContaining(['acme.production.optimizer.agent.heartbeat', 'other.optimizer.agent.heartbeat']),
      ),
    patienceMs,
  )
  await server.stop()
})

test('contradictory options are refused', () => {
  for (const options of [
    { certFile: 'a' },
    { token: 'a', nkeyFile: 'b' },
    { subjectPrefix: 'a b' },
    { subjectPrefix: '>' },
    { user: 'a' },
  ])
    expect(natsOptionsSchema.safeParse(options).success).toBe(false)
})
