import { requestJson } from '../runtime/request.ts'

/** Current prices by symbol. @throws Error if the exchange does not answer in time. */
export function pricesOf(simulator: string, symbols: Iterable<string>, timeoutMs: number): Promise<Record<string, number>> {
  return requestJson(`${simulator}/prices?symbols=${[...symbols].join(',')}`, { timeoutMs })
}
