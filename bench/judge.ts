/**
 * The judge behind the protocol of `judge_sim.py`: one JSON request per line in, one verdict per line out.
 *
 *     python judge_sim.py --judge 'node bench/judge.ts'
 */
import { createInterface } from 'node:readline'
import { createJudge, type Judge } from '../src/analysis/judging/index.ts'
import type { Sample } from '../src/model/trial.ts'

interface Request {
  id: number
  metric: 'latency' | 'success'
  direction: 'lower' | 'higher'
  design: 'concurrent' | 'before_after'
  baseline: number[]
  candidate: number[]
  history?: number[]
  history_candidate?: number[] | null
  n_max: number
}

const VERDICTS = { 'roll-back': 'rollback', keep: 'keep', undecided: 'inconclusive', continue: 'pass' }
/** Successes may come as shares of this many calls. */
const CALLS = 10

let judge: Judge | undefined
let position: { control: number; candidate: number } = { control: 0, candidate: 0 }
let calls = 1

for await (const line of createInterface({ input: process.stdin })) {
  const request: Request = JSON.parse(line)
  if (request.history) begin(request, request.history)
  const { decision } = judge!.look({
    control: samples(request.baseline, position.control, 'control'),
    candidate: samples(request.candidate, position.candidate, 'candidate'),
  })
  process.stdout.write(`${JSON.stringify({ id: request.id, verdict: VERDICTS[decision] })}\n`)
}

function begin(request: Request, history: number[]) {
  const single = request.design === 'before_after'
  calls = request.metric === 'success' && [...request.baseline, ...history].some((v) => !Number.isInteger(v)) ? CALLS : 1
  position = { control: history.length, candidate: history.length + (single ? request.n_max : 0) }
  judge = createJudge({
    metric: {
      name: request.metric,
      direction: request.direction,
      kind: request.metric === 'latency' ? 'continuous' : 'proportion',
    },
    design: single ? 'before-after' : 'concurrent',
    history: {
      control: samples(history, 0, 'control'),
      candidate: samples(request.history_candidate ?? [], 0, 'candidate'),
    },
    maxSamples: request.n_max * calls,
  })
}

/** The simulator's samples have no times, so their order is used. */
function samples(values: number[], from: number, instance: string): Sample[] {
  return values.flatMap((value, i) =>
    Array.from({ length: calls }, (_, call) => ({
      at: from + i + call / calls,
      value: calls === 1 ? value : Number(call < Math.round(value * calls)),
      instance,
    })),
  )
}
