/**
 * The tuner behind the protocol of `tuner_bench.py`: one JSON request per line in, one answer per line out; empty lines are ignored.
 * Exits with 1 and a message at the first line that cannot be answered, so that the benchmark notices.
 *
 *     python tuner_bench.py --tuner 'node bench/tuner.ts'
 */
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { createTuner, type Observation, type OnlineTuner, type TunerOptions } from '../src/analysis/tuning/index.ts'
import { describeError } from '../src/model/errors.ts'

const measuredSchema = z.object({
  configuration: z.custom<Observation['configuration']>(),
  metrics: z.record(z.string(), z.number()),
  stderr: z.record(z.string(), z.number()),
})
/** Values that the tuner checks itself are passed on unchecked. */
const startSchema = z.looseObject({
  type: z.literal('start'),
  knobs: z.array(z.looseObject({ log: z.boolean().optional() })),
  experience: z.array(measuredSchema).optional(),
})
const requestSchema = z.discriminatedUnion('type', [
  startSchema,
  measuredSchema.extend({ type: z.literal('tell') }),
  z.object({ type: z.enum(['ask', 'recommend', 'end']) }),
])

const AGGRESSIVENESS = 3

let tuner: OnlineTuner | undefined
let lines = 0

for await (const line of createInterface({ input: process.stdin })) {
  lines++
  if (line.trim() === '') continue
  try {
    const answer = respond(JSON.parse(line))
    if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`)
  } catch (error) {
    process.stderr.write(`Line ${lines} cannot be answered: ${describeError(error)}\n`)
    process.exit(1)
  }
}

function respond(line: unknown) {
  const parsed = requestSchema.safeParse(line)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const request = parsed.data
  if (request.type === 'end') return undefined
  if (request.type === 'start') {
    const knobs = request.knobs.map((knob) => ({ ...knob, scale: knob.log ? 'log' : 'linear' }))
    tuner = createTuner({ ...request, knobs, experience: request.experience?.map(observation) } as unknown as TunerOptions)
    return undefined
  }
  if (!tuner) throw new Error(`there is nothing to ${request.type} before a start`)
  switch (request.type) {
    case 'ask':
      return { configuration: tuner.ask({ aggressiveness: AGGRESSIVENESS }).configuration }
    case 'tell':
      tuner.tell(observation(request))
      return { ok: true }
    case 'recommend':
      return { configuration: tuner.recommend().configuration }
  }
}

function observation({ configuration, metrics, stderr }: z.infer<typeof measuredSchema>): Observation {
  const measured = Object.entries(metrics).map(([name, value]) => [name, { value, standardError: stderr[name] ?? 0 }])
  return { configuration, metrics: Object.fromEntries(measured) }
}
