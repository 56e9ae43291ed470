import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createServer } from 'node:tls'
import { NativeConnection } from '@temporalio/worker'
import { expect, inject, onTestFinished, test } from 'vitest'
import { removeAddresses, writeAddresses } from '../../../src/servers/addresses.ts'
import { checkTemporal } from '../../../src/servers/temporal.ts'
import { findConfiguredTemporal } from '../../../src/temporal/connection.ts'
import { temporaryFolder } from '../../support/folder.ts'

const root = join(import.meta.dirname, '../../..')
/** The tests' Temporal server, so that not every one of them starts another. */
const temporalAddress = inject('temporalAddress')

test('client and worker reach a TLS server with the certificate authority named in the environment', async () => {
  const address = await tlsInFrontOf(temporalAddress)
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(root, 'test/support/tls/authority.pem') }
  const connection = findConfiguredTemporal({}, env)!
  await checkTemporal(connection)
  await (await NativeConnection.connect(connection.options)).close()
})

test('a TLS server is not reached without its certificate authority', async () => {
  const address = await tlsInFrontOf(temporalAddress)
  await expect(checkTemporal(findConfiguredTemporal({}, { TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true' })!)).rejects.toThrow()
})

test('npm run temporal reaches the server in addresses.json and passes on the exit code', async () => {
  const dataDir = temporaryFolder()
  const address = temporalAddress
  writeAddresses(dataDir, { temporal: address, temporalUi: null, postgres: '', nats: '', api: '', agents: {} })
  expect(await cli(dataDir, 'operator', 'namespace', 'describe', 'default')).toMatchObject({
    code: 0,
    output: expect.stringContaining('Registered'),
  })
  expect(await cli(dataDir, 'workflow', 'describe', '-w', 'unknown')).toMatchObject({
    code: 1,
    errors: expect.stringContaining('not found'),
  })
  removeAddresses(dataDir)
  expect(await cli(dataDir, 'workflow', 'list')).toEqual({
    code: 1,
    output: '',
    errors: 'The optimizer is not running; start it with npm start.\n',
  })
})

async function cli(dataDir: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'src/servers/temporal-cli.ts'), ...args], {
    env: { ...process.env, OPTIMIZER_DATA_DIR: dataDir },
  })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, output, errors }
}

/** The development server speaks no TLS itself. */
async function tlsInFrontOf(address: string): Promise<string> {
  const [host, port] = address.split(':')
  const file = (name: string) => readFileSync(join(root, 'test/support/tls', name))
  const server = createServer({ cert: file('certificate.pem'), key: file('key.pem'), ALPNProtocols: ['h2'] }, (socket) => {
    const upstream = connect(Number(port), host)
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `localhost:${(server.address() as { port: number }).port}`
}
