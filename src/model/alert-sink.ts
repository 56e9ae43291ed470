import { z } from 'zod'
import { httpUrlSchema } from './http-url.ts'

/** A receiver of alerts beside NATS. */
export const alertSinkSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: httpUrlSchema,
    secret: z.string().min(16, 'use a secret of at least 16 characters'),
  }),
  z.strictObject({ type: z.literal('alertmanager'), url: httpUrlSchema }),
  z.strictObject({ type: z.literal('slack'), url: httpUrlSchema }),
])
export type AlertSinkConfig = z.infer<typeof alertSinkSchema>
