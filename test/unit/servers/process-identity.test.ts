import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { findProcessIdentity, isProcessRunning } from '../../../src/servers/process-identity.ts'

test('a process is known until it ends', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = findProcessIdentity(child.pid!)!
  expect(isProcessRunning(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isProcessRunning(identity)).toBe(false)
})

test('another process with the same id is another process', () => {
  const identity = findProcessIdentity(process.pid)!
  expect(isProcessRunning({ ...identity, started: `${identity.started}0` })).toBe(false)
})
