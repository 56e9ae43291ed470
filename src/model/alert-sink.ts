import { z } from 'zod'
import { httpHeadersSchema } from './http-headers.ts'
import { httpUrlSchema } from './http-url.ts'
import { labelSchema } from './text.ts'

const common = {
  /** Identifies it in the record of what it was sent; by default, its type and address do. */
  name: labelSchema.max(100).optional(),
  url: httpUrlSchema,
}

/** Headers to send with every alert, such as `authorization` or a tenant's; they are never shown. */
const headers = httpHeadersSchema.optional()

/** A receiver of alerts besides NATS. */
export const alertSinkSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    ...common,
    headers,
    secret: z.string().min(16, 'use a secret of at least 16 characters'),
  }),
  z.strictObject({ type: z.literal('alertmanager'), ...common, headers }),
  z.strictObject({ type: z.literal('slack'), ...common }),
])
export type AlertSinkConfig = z.infer<typeof alertSinkSchema>

export const alertSinksSchema = z
  .array(alertSinkSchema)
  .max(20)
  .refine((sinks) => areUnique(sinks.map(({ type, url, name }) => name ?? `${type} ${url}`)), 'receiver names must be unique')

const areUnique = (names: readonly string[]) => new Set(names).size === names.length
