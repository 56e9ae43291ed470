import { createDetector } from '../src/analysis/anomalies/index.ts'
import { type Bench, medianTime } from './timing.ts'

const POINTS = 1000

/** The time of the streaming detector on a series with a season and noise, which it has watched for a fortnight. */
export const anomalies: Bench = {
  name: 'detector',
  async run() {
    const stepMs = 300_000
    const detector = createDetector({ metric: 'latency', stepSeconds: stepMs / 1000, min: 0 })
    let at = 0
    const watch = (points: number) => {
      for (const end = at + points; at < end; at++) {
        const noise = 1 + 0.2 * Math.sin(at * at * 0.618)
        detector.next({ t: at * stepMs, v: (100 + 40 * Math.sin((2 * Math.PI * at) / 288)) * noise })
      }
    }
    watch(14 * 288)
    return [
      { what: `${POINTS} points of the streaming detector`, medianMs: medianTime(() => watch(POINTS)), goalMs: POINTS * 0.01 },
    ]
  },
}
