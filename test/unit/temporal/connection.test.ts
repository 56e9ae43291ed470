import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findConfiguredTemporal, resolveTemporalConnection } from '../../../src/temporal/connection.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** Keeps a profile of whoever runs the tests out of them. */
const noFile = '/nowhere/temporal.toml'

test('without an address, the embedded server is used, whatever keys are in the environment', () => {
  const env = { TEMPORAL_API_KEY: 'secret', TEMPORAL_CONFIG_FILE: noFile }
  expect(findConfiguredTemporal({}, env)).toBeNull()
  expect(resolveTemporalConnection({}, '127.0.0.1:7233', env)).toEqual({
    options: { address: '127.0.0.1:7233' },
    namespace: 'default',
  })
})

test('the embedded server uses the namespace from the environment', () => {
  const env = { TEMPORAL_NAMESPACE: 'fleet', TEMPORAL_CONFIG_FILE: noFile }
  expect(resolveTemporalConnection({}, '127.0.0.1:7233', env).namespace).toBe('fleet')
})

test("Temporal's own environment variables are passed on, and an API key turns on TLS", () => {
  const env = {
    TEMPORAL_ADDRESS: 'cloud.example:7233',
    TEMPORAL_NAMESPACE: 'fleet.a1b2c',
    TEMPORAL_API_KEY: 'secret',
    TEMPORAL_GRPC_META_TEAM: 'blue',
    TEMPORAL_CONFIG_FILE: noFile,
  }
  expect(resolveTemporalConnection({}, '127.0.0.1:7233', env)).toEqual({
    options: { address: 'cloud.example:7233', apiKey: 'secret', tls: true, metadata: { team: 'blue' } },
    namespace: 'fleet.a1b2c',
  })
})

test('certificates from the environment reach the connection', () => {
  const env = {
    TEMPORAL_ADDRESS: 'tls.example:7233',
    TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate',
    TEMPORAL_TLS_CLIENT_KEY_DATA: 'key',
    TEMPORAL_TLS_SERVER_NAME: 'name',
    TEMPORAL_CONFIG_FILE: noFile,
  }
  const tls = findConfiguredTemporal({}, env)?.options.tls
  expect(tls).toMatchObject({ serverNameOverride: 'name' })
  const pair = (tls as { clientCertPair: { crt: Uint8Array; key: Uint8Array } }).clientCertPair
  expect([pair.crt, pair.key].map((bytes) => Buffer.from(bytes).toString())).toEqual(['certificate', 'key'])
})

test('the profile in TEMPORAL_PROFILE provides address and namespace', () => {
  const file = join(temporaryFolder(), 'temporal.toml')
  writeFileSync(file, '[profile.staging]\naddress = "staging.example:7233"\nnamespace = "fleet"\n')
  const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'staging' }
  expect(findConfiguredTemporal({}, env)).toMatchObject({ options: { address: 'staging.example:7233' }, namespace: 'fleet' })
})

test('the address in the configuration file is used with the namespace and the keys from the environment', () => {
  const env = { TEMPORAL_API_KEY: 'secret', TEMPORAL_NAMESPACE: 'fleet', TEMPORAL_CONFIG_FILE: noFile }
  expect(findConfiguredTemporal({ temporalAddress: 'configured:7233' }, env)).toMatchObject({
    options: { address: 'configured:7233', apiKey: 'secret', tls: true },
    namespace: 'fleet',
  })
})

test('a profile that does not exist is reported in one clear sentence', () => {
  const env = { TEMPORAL_PROFILE: 'nowhere', TEMPORAL_CONFIG_FILE: noFile }
  expect(() => findConfiguredTemporal({}, env)).toThrow(expect.objectContaining({ code: 'invalid-config' }))
})
