import { type DiagnosisFinding, failed, ok } from './finding.ts'
import { checkTimeoutMs } from './with-timeout.ts'

/** Checks whether the API answers, and what it reaches itself. */
export async function checkApi(address: string): Promise<DiagnosisFinding> {
  const remedy = 'start it; agents report to it'
  try {
    const response = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(checkTimeoutMs) })
    const health = (await response.json()) as { database?: boolean; nats?: boolean }
    if (response.ok) return ok('API', `${address} answers`)
    const away = [health.database === false && 'PostgreSQL', health.nats === false && 'NATS'].filter(Boolean).join(' and ')
    return failed('API', `the API does not reach ${away || 'its servers'}`, 'start them, or correct NATS_URL and DATABASE_URL')
  } catch {
    return failed('API', `nothing answers at ${address}`, remedy)
  }
}
