import { type DiagnosisFinding, failedFinding, okFinding } from './finding.ts'
import { checkTimeoutMs } from './with-timeout.ts'

/** Checks whether the API answers, and what it can reach itself. */
export async function checkApi(address: string): Promise<DiagnosisFinding> {
  const remedy = 'start it; agents report to it'
  try {
    const response = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(checkTimeoutMs) })
    if (response.ok) return okFinding('API', `${address} answers`)
    const answer = (await response.json().catch(() => ({}))) as {
      database?: boolean
      nats?: boolean
      error?: { message?: string }
    }
    const away = [answer.database === false && 'PostgreSQL', answer.nats === false && 'NATS'].filter(Boolean).join(' and ')
    if (away) return failedFinding('API', `the API cannot reach ${away}`, 'start them, or correct NATS_URL and DATABASE_URL')
    const found = [`${address} returned ${response.status}`, answer.error?.message].filter(Boolean).join(': ')
    return failedFinding('API', found, 'do what the response says, or see its log')
  } catch {
    return failedFinding('API', `nothing responds at ${address}`, remedy)
  }
}
