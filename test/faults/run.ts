/** `npm run test:faults -- --trials N --seed S`: trials of real processes under random faults, and what they left behind. */
import { parseArgs } from 'node:util'
import { startSharedResources } from '../support/servers.ts'
import { share } from '../support/shared.ts'
import { campaign } from './campaign.ts'

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '200' }, seed: { type: 'string', default: String(Date.now() % 100_000) } },
})
const [trials, seed] = [Number(values.trials), Number(values.seed)]
console.log(`${trials} trials under faults, seed ${seed}`)

const { resources, stop } = await startSharedResources()
share(resources)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())
let done = 0
const { outcomes, leftovers } = await campaign(
  { trials, seed, signal: interrupted.signal },
  ({ trialId, faults, state, violations }) => {
    console.log(
      `${++done}/${trials} ${trialId} ${state} [${faults.map(({ name, during }) => `${name} during ${during}`).join(', ')}]${violations.map((text) => `\n  VIOLATION ${text}`)}`,
    )
  },
)

const count = (names: string[]) =>
  Object.entries(Object.groupBy(names, (name) => name))
    .map(([name, all]) => `  ${String(all!.length).padStart(5)}  ${name}`)
    .sort()
    .reverse()
    .join('\n')
const violations = [...outcomes.flatMap((outcome) => outcome.violations), ...leftovers]
for (const text of leftovers) console.log(`VIOLATION afterwards: ${text}`)
const faults = outcomes.flatMap(({ faults }) => faults)
console.log(`\nFaults\n${count(faults.map(({ name }) => name))}`)
console.log(`\nWhen they struck\n${count(faults.map(({ during }) => during))}`)
console.log(`\nTrials\n${count(outcomes.map(({ state }) => state))}`)
const struck = outcomes.filter(({ faults }) => faults.length > 0).length
console.log(`\n${struck} of ${outcomes.length} trials were struck, by ${faults.length} faults; ${violations.length} violations`)
await stop()
process.exit(violations.length > 0 ? 1 : 0)
