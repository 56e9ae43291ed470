import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createServer } from 'node:tls'
import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { NativeConnection } from '@temporalio/worker'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { removeAddresses, writeAddresses } from '../../../src/servers/addresses.ts'
import { pingTemporal } from '../../../src/servers/temporal.ts'
import { findConfiguredTemporal } from '../../../src/temporal/connection.ts'
import { ensureSearchAttributes } from '../../../src/temporal/ensure-search-attributes.ts'
import { patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startRefusingProxy } from '../../support/grpc-proxy.ts'
import { createNamespace } from '../../support/temporal.ts'

const keywordList = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST
const root = join(import.meta.dirname, '../../..')
/** The tests' Temporal server, so that not every one of them starts another. */
const temporalAddress = inject('temporalAddress')

test('client and worker reach a TLS server with the certificate authority named in the environment', async () => {
  const address = await tlsInFrontOf(temporalAddress)
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(root, 'test/support/tls/authority.pem') }
  const connection = findConfiguredTemporal({}, env)!
  await pingTemporal(connection)
  await (await NativeConnection.connect(connection.options)).close()
})

test('a TLS server is not reached without its certificate authority', async () => {
  const address = await tlsInFrontOf(temporalAddress)
  await expect(pingTemporal(findConfiguredTemporal({}, { TEMPORAL_ADDRESS: address, TEMPORAL_TLS: 'true' })!)).rejects.toThrow()
})

const operatorService = 'temporal.api.operatorservice.v1.OperatorService'
const addAttributes = (connection: Connection, namespace: string, names: string[]) =>
  connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(names.map((name) => [name, keywordList])),
  })

test('a Temporal whose key may not use OperatorService is used if it has the search attributes', async () => {
  const { namespace } = await createNamespace()
  const refusing = await connectRefused()
  await vi.waitFor(() => ensureSearchAttributes(refusing, namespace), patienceMs)
})

test('without them, one sentence names them and the command that adds them', async () => {
  const { namespace } = await createNamespace({ searchAttributes: false })
  const refusing = await connectRefused()
  const { message } = await vi.waitFor(async () => {
    const error = await ensureSearchAttributes(refusing, namespace).catch((error) => error)
    expect(error).toMatchObject({ code: 'search-attributes' })
    return error as Error
  }, patienceMs)
  expect(message).toContain(`temporal operator search-attribute create --namespace ${namespace} --name OptimizerTarget`)
  expect(message.split('\n')).toHaveLength(1)
})

test('one free KeywordList is enough, and with none nothing is added', async () => {
  const { namespace } = await createNamespace({ searchAttributes: false })
  const connection = await connectPlainly(temporalAddress)
  await addAttributes(connection, namespace, ['First', 'Second'])
  await ensureSearchAttributes(connection, namespace)

  const { namespace: full } = await createNamespace({ searchAttributes: false })
  await addAttributes(connection, full, ['First', 'Second', 'Third'])
  await expect(ensureSearchAttributes(connection, full)).rejects.toMatchObject({
    code: 'search-attributes',
    message: expect.stringContaining('make room for them'),
  })
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: full })
  expect(Object.keys(customAttributes).sort()).toEqual(['First', 'Second', 'Third'])
})

test('the verdict may still be the KeywordList of earlier versions; any other wrong type is reported', async () => {
  const { namespace } = await createNamespace({ searchAttributes: false })
  const connection = await connectPlainly(temporalAddress)
  await addAttributes(connection, namespace, ['OptimizerVerdict'])
  await ensureSearchAttributes(connection, namespace)
  const { namespace: wrong } = await createNamespace({ searchAttributes: false })
  await addAttributes(connection, wrong, ['OptimizerImprovement'])
  await expect(ensureSearchAttributes(connection, wrong)).rejects.toThrow(
    `OptimizerImprovement of Temporal's namespace ${wrong} is not a Double`,
  )
})

async function connectPlainly(address: string): Promise<Connection> {
  const connection = await Connection.connect({ address })
  onTestFinished(() => connection.close())
  return connection
}

/** With a key that may not use OperatorService. */
async function connectRefused(): Promise<Connection> {
  const proxy = await startRefusingProxy(temporalAddress, operatorService)
  onTestFinished(proxy.stop)
  return await connectPlainly(proxy.address)
}

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
