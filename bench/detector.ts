/**
 * The detector behind the protocol of `detect_bench.py`: JSON lines. `{"type":"start",…}` and `{"type":"end"}` have no answer; every
 * point `{"t","v"}` has one. An anomaly has a score of at least `anomalyThreshold`. Exits with 1 and a message at the first line that
 * cannot be answered, so that the benchmark notices.
 *
 *     python detect_bench.py --detector 'node bench/detector.ts'
 */
import { createDetector, type Detector, type DetectorOptions, type SeriesPoint } from '../src/analysis/anomalies/index.ts'
import { describeError, OptimizerError } from '../src/model/errors.ts'

type Request = SeriesPoint | ({ type: 'start' } & DetectorOptions) | { type: 'end' }

let detector: Detector | undefined
let lines = 0
let rest = ''

/** A chunk is answered at once: Node's own reader of lines would take longer than the detector. */
for await (const chunk of process.stdin.setEncoding('utf8')) {
  const complete = (rest + chunk).split('\n')
  rest = complete.pop() ?? ''
  answerAll(complete)
}
answerAll([rest])

function answerAll(requests: string[]): void {
  let answers = ''
  try {
    for (const line of requests) answers += answer(line)
  } catch (error) {
    console.error(`Line ${lines} cannot be answered: ${describeError(error)}`)
    process.stdout.write(answers, () => process.exit(1))
    return
  }
  process.stdout.write(answers)
}

function answer(line: string): string {
  lines++
  if (line.trim() === '') return ''
  const request: Request = JSON.parse(line)
  if ('type' in request) {
    detector = request.type === 'start' ? createDetector(request) : undefined
    return ''
  }
  if (!detector) throw new OptimizerError('detector-not-started', 'there is no series yet; send a line of type start first.')
  return `${JSON.stringify(detector.next(request))}\n`
}
