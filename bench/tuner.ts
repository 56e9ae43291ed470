/**
 * The tuner behind the protocol of `tuner_bench.py`: one JSON request per line in, one answer per line out.
 *
 *     python tuner_bench.py --tuner 'node bench/tuner.ts'
 */
import { createInterface } from 'node:readline'
import { createTuner, type Observation, type OnlineTuner, type TunerOptions } from '../src/analysis/tuning/index.ts'

type Knob = TunerOptions['knobs'][number]

interface Measured {
  configuration: Observation['configuration']
  metrics: Record<string, number>
  stderr: Record<string, number>
}

type Request =
  | (Omit<TunerOptions, 'knobs' | 'experience'> & { type: 'start'; knobs: (Knob & { log?: boolean })[]; experience?: Measured[] })
  | (Measured & { type: 'tell' })
  | { type: 'ask' | 'recommend' | 'end' }

const AGGRESSIVENESS = 3

let tuner: OnlineTuner | undefined

for await (const line of createInterface({ input: process.stdin })) {
  const answer = respond(JSON.parse(line))
  if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`)
}

function respond(request: Request) {
  switch (request.type) {
    case 'start':
      tuner = createTuner({
        ...request,
        knobs: request.knobs.map((knob) => ({ ...knob, scale: knob.log ? 'log' : 'linear' }) as Knob),
        experience: request.experience?.map(observation),
      })
      return undefined
    case 'ask':
      return { configuration: tuner!.ask({ aggressiveness: AGGRESSIVENESS }).configuration }
    case 'tell':
      tuner!.tell(observation(request))
      return { ok: true }
    case 'recommend':
      return { configuration: tuner!.recommend().configuration }
    case 'end':
      return undefined
  }
}

function observation({ configuration, metrics, stderr }: Measured): Observation {
  const measured = Object.entries(metrics).map(([name, value]) => [name, { value, standardError: stderr[name] ?? 0 }])
  return { configuration, metrics: Object.fromEntries(measured) }
}
