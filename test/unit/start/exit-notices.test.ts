import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { SupervisedProcess } from '../../../src/servers/supervised-process.ts'
import { createExitReporter } from '../../../src/start/exit-reporter.ts'
import { temporaryFolder } from '../../support/folder.ts'

const refused = JSON.stringify({ level: 60, msg: 'The configuration file is broken.' })

test('a process that fails twice for one reason and then works is said to have exited, once, and to be back', async () => {
  const folder = temporaryFolder()
  const said: string[] = []
  const logFile = join(folder, 'worker.log')
  // Fails until the second failure is in its log.
  const script = `
    const failures = require('node:fs').readFileSync('worker.log', 'utf8').split('broken').length - 1
    if (failures < 2) { console.log(${JSON.stringify(refused)}); process.exit(1) }
    process.send('ready'); setInterval(() => {}, 1000)`
  const worker = new SupervisedProcess({
    ...createExitReporter('The worker', logFile, (line) => said.push(line)),
    command: { file: process.execPath, args: ['-e', script], cwd: folder },
    logFile,
    stopSignal: 'SIGKILL',
    stopTimeoutMs: 1_000,
  })
  onTestFinished(() => worker.stop())
  worker.launch()
  worker.supervise()
  await vi.waitFor(() => expect(said).toHaveLength(2), { timeout: 20_000 })
  expect(said).toEqual([
    `The worker exited unexpectedly (The configuration file is broken.) and is being restarted; see ${logFile}`,
    'The worker is back',
  ])
})

test.each([
  ['a line of its own', 'Set DATABASE_URL.\n', 'Set DATABASE_URL.'],
  ['an error of Node', 'Error: no memory\n    at main (file:1)\n\nNode.js v24.0.0\n', 'Error: no memory'],
  ['nothing wrong', `${JSON.stringify({ level: 30, msg: 'working' })}\n`, 'exit code 7'],
])('the reason is what the log of this run ends with: %s', (_, output, reason) => {
  const logFile = join(temporaryFolder(), 'api.log')
  const said: string[] = []
  const notices = createExitReporter('The API', logFile, (line) => said.push(line))
  appendFileSync(logFile, `${refused}\n`)
  notices.onLaunch({} as never)
  appendFileSync(logFile, output)
  notices.onUnexpectedExit({ signalCode: null, exitCode: 7 } as never)
  expect(said).toEqual([expect.stringContaining(`The API exited unexpectedly (${reason}) and`)])
})
