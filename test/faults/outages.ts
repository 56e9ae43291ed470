/** `npm run test:outages`: whether status messages are lost or doubled while NATS, the API and the worker are killed. */
import { startSharedResources } from '../support/servers.ts'
import { share } from '../support/shared.ts'
import { messagesUnderFaults } from './messages-under-faults.ts'
import type { Comparison } from './recorded-messages.ts'

const outageMs = 60_000

const { resources, stop } = await startSharedResources()
share(resources)
const { stream, listener, trials, violations } = await messagesUnderFaults(outageMs, console.log)
await stop()
const figures = ({ recorded, lost, repeated, changed, outOfOrder }: Comparison) =>
  `${recorded} messages recorded, ${lost} lost, ${repeated} repeated with the same id, ${changed} changed, ${outOfOrder} out of order`
console.log(`${trials} trials`)
console.log(`The stream: ${figures(stream)}`)
console.log(`A listener without JetStream: ${figures(listener)}`)
for (const text of violations) console.log(`VIOLATION ${text}`)
process.exit(violations.length > 0 ? 1 : 0)
