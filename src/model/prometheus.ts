/** Prometheus as a source of metrics: its address and credentials. */
import { z } from 'zod'
import { httpHeadersSchema } from './http-headers.ts'
import { httpUrlSchema } from './http-url.ts'

export const prometheusSchema = z
  .strictObject({
    url: httpUrlSchema
      .optional()
      .describe(
        'Address of Prometheus, or of anything with its HTTP API, from which metrics with a `query` are read, such as `http://127.0.0.1:9090`',
      ),
    headers: httpHeadersSchema
      .optional()
      .describe("Headers to send with every query, such as `authorization` or Mimir's `x-scope-orgid`; they are never shown"),
    bearerTokenFile: z
      .string()
      .min(1)
      .optional()
      .describe('Path of a file with the token for `authorization: Bearer`; it is read again for every cycle'),
  })
  .refine(
    ({ headers = {}, bearerTokenFile }) =>
      bearerTokenFile === undefined || !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization'),
    { message: 'bearerTokenFile already sets the authorization header; omit one of them', path: ['headers'] },
  )
export type PrometheusSettings = z.infer<typeof prometheusSchema>
