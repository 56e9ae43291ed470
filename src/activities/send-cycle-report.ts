import { type NatsConnection, NoRespondersError, RequestError, TimeoutError } from '@nats-io/transport-node'
import { type CycleReport, type CycleReportResponse, cycleReportResponseSchema } from '../messaging/orchestrator-protocol.ts'
import { publishError } from '../messaging/publish.ts'
import { cycleReportSubject } from '../messaging/subjects.ts'
import { describeIssue } from '../model/issue.ts'

/**
 * Tells the strategic orchestrator of a cycle.
 * @param warn is called for a report that cannot be sent, and of an answer that cannot be used, which `performance.errors` reports, too
 * @returns its answer, which is optional
 */
export async function sendCycleReport(
  nats: NatsConnection,
  report: CycleReport,
  { answerMs, warn }: { answerMs: number; warn: (problem: string) => void },
): Promise<CycleReportResponse | undefined> {
  const refuse = (code: string, message: string) => {
    warn(message)
    publishError(nats, { subject: cycleReportSubject, code, message })
    return undefined
  }
  const content = JSON.stringify(report)
  const bytes = Buffer.byteLength(content)
  const maxBytes = nats.info?.max_payload ?? Number.POSITIVE_INFINITY
  if (bytes > maxBytes)
    return refuse('message-too-large', `The cycle report is ${bytes} bytes; NATS accepts at most ${maxBytes}.`)
  let answer: unknown
  try {
    const message = await nats.request(cycleReportSubject, content, { timeout: answerMs })
    answer = message.json()
  } catch (error) {
    if (error instanceof SyntaxError) return refuse('invalid-answer', 'The response to the cycle report is not JSON.')
    if (!isSilence(error)) warn(`The cycle report could not be sent: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
  const parsed = cycleReportResponseSchema.safeParse(answer)
  if (parsed.success) return parsed.data
  return refuse('invalid-answer', `The response to the cycle report is invalid: ${describeIssue(parsed.error, 'the response')}.`)
}

/** An answer is optional, and so is a listener. */
const isSilence = (error: unknown) =>
  error instanceof TimeoutError || error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders())
