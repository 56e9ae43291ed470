import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../../src/servers/server-process.ts'
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
