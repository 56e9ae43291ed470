import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identityOf, isRunning } from '../../../src/servers/process-identity.ts'

test('a process is known until it ends', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = identityOf(child.pid!)!
  expect(isRunning(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isRunning(identity)).toBe(false)
})

test('another process with the same id is another process', () => {
  const identity = identityOf(process.pid)!
  expect(isRunning({ ...identity, started: `${identity.started}0` })).toBe(false)
})
