import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockDataFolder } from '../../../src/servers/data-folder.ts'
import { findProcessIdentity } from '../../../src/servers/process-identity.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('a data folder is created, locked, and released', () => {
  const folder = join(temporaryFolder(), 'new')
  const unlock = lockDataFolder(folder)
  expect(() => lockDataFolder(folder)).toThrow(expect.objectContaining({ code: 'already-running' }))
  unlock()
  lockDataFolder(folder)
})

test('the lock of a dead process is taken over', () => {
  const folder = temporaryFolder()
  const lock = join(folder, 'lock')
  for (const stale of [JSON.stringify({ pid: 2 ** 31 - 1, started: '1' }), '', '{"pid":']) {
    writeFileSync(lock, stale)
    lockDataFolder(folder)()
    expect(existsSync(lock)).toBe(false)
  }
})

test('a later process with the id of the dead one does not hold the lock', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...findProcessIdentity(process.pid), started: 'long ago' }))
  lockDataFolder(folder)()
})

test('a data folder that is a file is reported in one clear sentence', () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(() => lockDataFolder(file)).toThrow(
    expect.objectContaining({ code: 'data-folder', message: expect.stringContaining('OPTIMIZER_DATA_DIR') }),
  )
})

test('only the lock is left in the folder', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'kept'))
  lockDataFolder(folder)()
  expect(existsSync(join(folder, `lock.${process.pid}`))).toBe(false)
})
