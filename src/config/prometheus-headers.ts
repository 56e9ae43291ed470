import { readFile } from 'node:fs/promises'
import type { PrometheusSettings } from '../model/prometheus.ts'

/**
 * The headers of a query. Messages of errors name no secret.
 * @throws Error if the file with the token cannot be read, or has none
 */
export async function readPrometheusHeaders({
  headers = {},
  bearerTokenFile,
}: Pick<PrometheusSettings, 'headers' | 'bearerTokenFile'>): Promise<Record<string, string>> {
  if (bearerTokenFile === undefined) return headers
  const token = (await readFile(bearerTokenFile, 'utf8')).trim()
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error(`${bearerTokenFile} contains no valid token; write one to the file, without spaces`)
  return { ...headers, authorization: `Bearer ${token}` }
}
