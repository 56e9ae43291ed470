import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startServer } from '../../../src/servers/server-process.ts'
import { SupervisedProcess } from '../../../src/servers/supervised-process.ts'
import { temporaryFolder } from '../../support/folder.ts'

/** A server that is a shell script. */
function start(script: string, log: string[] = []) {
  const dataDir = temporaryFolder()
  return startServer({
    name: 'script',
    title: 'The script',
    dataDir,
    command: { file: 'sh', args: ['-c', script] },
    stopSignal: 'SIGKILL',
    check: async () => {
      if (!existsSync(join(dataDir, 'ready'))) throw new Error('not ready')
    },
    log: (line) => log.push(line),
  })
}

test('a server that crashes while starting is started again', async () => {
  const log: string[] = []
  const server = await start('if [ -f crashed ]; then touch ready; exec sleep 600; else touch crashed; exit 2; fi', log)
  onTestFinished(() => server.stop())
  expect(log).toEqual([expect.stringContaining('The script crashed while starting and is being restarted')])
})

test('a server that always crashes is given up, with its last output', async () => {
  await expect(start('echo panic: no memory; exit 2')).rejects.toThrow('The script did not start: panic: no memory')
})

test('a server that refuses to start is not started again', async () => {
  const log: string[] = []
  await expect(start('echo error: port taken; exit 1', log)).rejects.toThrow('The script did not start: error: port taken')
  expect(log).toEqual([])
})

test('a server whose restart fails is tried again until it can be started', async () => {
  const [folder, log] = [temporaryFolder(), [] as string[]]
  const broken = join(folder, 'logs')
  let failures = 0
  const server = new SupervisedProcess({
    command: { file: 'sh', args: ['-c', 'if [ -f ready ]; then exec sleep 600; else touch ready; fi'], cwd: folder },
    logFile: join(broken, 'script.log'),
    stopSignal: 'SIGKILL',
    stopTimeoutMs: 1_000,
    onUnexpectedExit() {
      rmSync(broken, { recursive: true })
      writeFileSync(broken, 'in the way')
    },
    onRestartFailure(error) {
      failures++
      log.push(String(error))
      rmSync(broken)
    },
  })
  onTestFinished(() => server.stop())
  server.launch()
  server.supervise()
  await vi.waitFor(() => expect([failures, existsSync(join(broken, 'script.log'))]).toEqual([1, true]), { timeout: 10_000 })
  expect(log).toEqual([expect.stringContaining('EEXIST')])
})
