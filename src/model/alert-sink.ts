import { z } from 'zod'

const urlSchema = z.url({ protocol: /^https?$/, error: 'is not an http or https address' }).max(2_000)

/** A receiver of alerts beside NATS. */
export const alertSinkSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    url: urlSchema,
    secret: z.string().min(16, 'use a secret of at least 16 characters'),
  }),
  z.strictObject({ type: z.literal('alertmanager'), url: urlSchema }),
  z.strictObject({ type: z.literal('slack'), url: urlSchema }),
])
export type AlertSinkConfig = z.infer<typeof alertSinkSchema>
