import { z } from 'zod'
import { httpUrlSchema } from './http-url.ts'
import { labelSchema } from './text.ts'

const common = {
  /** By which it is known what it was told; by default, its type and address are. */
  name: labelSchema.max(100).optional(),
  url: httpUrlSchema,
}

/** A receiver of alerts beside NATS. */
export const alertSinkSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('webhook'),
    ...common,
    secret: z.string().min(16, 'use a secret of at least 16 characters'),
  }),
  z.strictObject({ type: z.literal('alertmanager'), ...common }),
  z.strictObject({ type: z.literal('slack'), ...common }),
])
export type AlertSinkConfig = z.infer<typeof alertSinkSchema>

export const alertSinksSchema = z
  .array(alertSinkSchema)
  .max(20)
  .refine((sinks) => areUnique(sinks.map(({ type, url, name }) => name ?? `${type} ${url}`)), 'name each receiver once')

const areUnique = (names: readonly string[]) => new Set(names).size === names.length
