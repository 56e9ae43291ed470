import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Addresses, readAddresses, removeAddresses, writeAddresses } from '../../../src/servers/addresses.ts'
import { temporaryFolder } from '../../support/folder.ts'

const addresses: Addresses = {
  temporal: '127.0.0.1:7233',
  temporalUi: 'http://127.0.0.1:8233',
  postgres: 'postgres://optimizer:secret@127.0.0.1:5433/optimizer',
  nats: 'nats://127.0.0.1:4222',
  api: 'http://127.0.0.1:8080',
  agents: { 'market-hunter': ['http://127.0.0.1:9001', 'http://127.0.0.1:9002'] },
}
const nothingRuns = expect.objectContaining({
  code: 'not-running',
  message: 'The optimizer is not running; start it with npm start.',
})

test('the written addresses can be read, by nobody but the owner', () => {
  const folder = temporaryFolder()
  writeAddresses(folder, addresses)
  expect(readAddresses(folder)).toEqual(addresses)
  expect(statSync(join(folder, 'addresses.json')).mode & 0o777).toBe(0o600)
})

test('nothing is running before the first start, after the stop, and if the file is damaged', () => {
  const folder = temporaryFolder()
  expect(() => readAddresses(folder)).toThrow(nothingRuns)
  writeAddresses(folder, addresses)
  removeAddresses(folder)
  expect(() => readAddresses(folder)).toThrow(nothingRuns)
  writeFileSync(join(folder, 'addresses.json'), '{"temporal": ')
  expect(() => readAddresses(folder)).toThrow(nothingRuns)
})

test('nothing is running if the process that wrote the addresses has died', () => {
  const folder = temporaryFolder()
  writeAddresses(folder, addresses)
  const file = join(folder, 'addresses.json')
  const written = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...written, started: 'another start' }))
  expect(() => readAddresses(folder)).toThrow(nothingRuns)
})
