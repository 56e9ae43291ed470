import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { appOf } from '../../support/api.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { installExample, isRegistryAway } from '../../support/node-example.ts'
import { createTestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

const example = new URL('../../../examples/node-otel/', import.meta.url)
const mean = (figures: number[]) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length

interface LoggedSpan {
  name: string
  /** Seconds, and nanoseconds beyond them. */
  startTime: [number, number]
  endTime: [number, number]
  failed: boolean
  'gen_ai.usage.input_tokens': number
  'gen_ai.usage.output_tokens': number
}

test('the figures of a stock exporter of Node are those of its own log', async ({ skip }) => {
  const folder = await installExample(example).catch((error) => {
    if (isRegistryAway(error)) skip(`its packages cannot be fetched: ${error.message}`)
    throw error
  })
  const program = join(folder, 'agent.js')
  copyFileSync(fileURLToPath(new URL('agent.js', example)), program)
  const store = await createTestStore()
  onTestFinished(() => store.drop())
  const app = appOf(await withClosedTemporal(store.db))
  const server = await new Promise<ServerType>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  onTestFinished(() => void server.close())
  const LOG_FILE = join(temporaryFolder(), 'log')
  await promisify(execFile)(process.execPath, [program], {
    env: {
      ...process.env,
      LOG_FILE,
      ANSWERS: '60',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    },
  })

  const spans = readFileSync(LOG_FILE, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LoggedSpan)
  const newestOf = (isAnswer: boolean) =>
    spans
      .filter(({ name }) => (name === 'answer') === isAnswer)
      .reverse()
      .slice(0, 50)
  const [answers, calls] = [newestOf(true), newestOf(false)]
  const lasted = ({ startTime: [from, fromNs], endTime: [to, toNs] }: LoggedSpan) => ((to - from) * 1e9 + toNs - fromNs) / 1e6
  const request = { db: store.db, now: Date.now(), goal: { start: 0, target: 1 } }
  const { agents } = await collectSnapshot(request)
  expect(agents).toMatchObject([
    {
      agentId: 'node-bot',
      decisionCount: 50,
      successRate: mean(answers.map(({ failed }) => Number(!failed))),
      responseTime: mean(answers.map(lasted)),
      metrics: {
        inputTokens: mean(calls.map((call) => call['gen_ai.usage.input_tokens'])),
        outputTokens: mean(calls.map((call) => call['gen_ai.usage.output_tokens'])),
      },
    },
  ])
})
