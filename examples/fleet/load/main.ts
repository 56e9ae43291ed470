/**
 * Keeps the fleet busy: an open loop, so that a faster agent does not get more work. Arrivals are a Poisson process.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { loadPerSecond } from '../fleet.ts'
import { onPeers, onStop, type Ready } from '../runtime/child.ts'
import { exponential } from '../runtime/random.ts'
import { loadFactor } from '../world.ts'

const giveUpMs = 60_000
const busy = new Set<string>()

async function keepBusy(url: string, perSecond: number): Promise<void> {
  if (busy.has(url)) return
  busy.add(url)
  while (true) {
    await delay(exponential(1_000 / perSecond))
    void fetch(`${url}/work`, { method: 'POST', signal: AbortSignal.timeout(giveUpMs) })
      .then((response) => response.arrayBuffer())
      // The agent is restarting; its supervisor takes care of it.
      .catch(() => undefined)
  }
}

onPeers((peers) => {
  if (loadFactor === 0) return
  for (const [kind, perSecond] of Object.entries(loadPerSecond))
    for (const url of peers[kind] ?? []) void keepBusy(url, perSecond * loadFactor)
})
onStop(async () => undefined)
process.send?.({ ready: { url: '' } } satisfies Ready)
