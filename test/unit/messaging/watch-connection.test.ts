import { AuthorizationError, type NatsConnection, type Status } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import { reportConnectionStatus } from '../../../src/messaging/report-connection-status.ts'

const server = '127.0.0.1:4222'
const lost: Status = { type: 'disconnect', server }
const back: Status = { type: 'reconnect', server }
const refused: Status = { type: 'error', error: new AuthorizationError('Authorization Violation') }

/** The warnings about these events of a connection, as the client of NATS reports them. */
async function warningsAbout(events: Status[]): Promise<string[]> {
  const warnings: string[] = []
  async function* status() {
    yield* events
  }
  await reportConnectionStatus({ status } as Pick<NatsConnection, 'status'>, server, (message) => warnings.push(message))
  return warnings
}

test('a connection that NATS refuses again and again is reported once, with the cause, and once when it is back', async () => {
  expect(await warningsAbout([refused, lost, refused, lost, refused, lost, back, back, back])).toEqual([
    `The connection to NATS at ${server} was lost: wrong user or password; it will be re-established once NATS accepts it.`,
    `The connection to NATS at ${server} is back.`,
  ])
})

test('a cause that is found only when the connection is tried again is reported once', async () => {
  expect(await warningsAbout([lost, refused, lost, refused, lost, back, back, lost, back])).toEqual([
    `The connection to NATS at ${server} was lost; it will be re-established.`,
    `NATS at ${server} refuses the connection: wrong user or password; it will be retried.`,
    `The connection to NATS at ${server} is back.`,
    `The connection to NATS at ${server} was lost; it will be re-established.`,
    `The connection to NATS at ${server} is back.`,
  ])
})
