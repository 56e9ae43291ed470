/** The messages about performance profiles: from the optimizer to an instance, and from the orchestrator to the optimizer. */
import { z } from 'zod'
import { nameSchema } from '../model/name.ts'
import { stackProfileSchema } from '../model/stack-profile.ts'
import { labelSchema, textSchema } from '../model/text.ts'

/** A request to an instance: profile yourself for a time. */
export const instanceProfileRequestSchema = z.object({
  kind: z.enum(['cpu', 'heap']),
  durationMs: z.number().min(100).max(60_000),
})
export type InstanceProfileRequest = z.infer<typeof instanceProfileRequestSchema>

/** Bytes of an answer; NATS has a limit of its own, by default 1 MiB. */
export const maxProfileResponseBytes = 4 * 1024 * 1024

/** The answer of an instance, in the form that its profiler has. */
export const profileResponseSchema = z.discriminatedUnion('format', [
  z.object({ format: z.literal('tree'), profile: stackProfileSchema }),
  z.object({
    format: z.literal('collapsed'),
    stacks: z
      .string()
      .describe('One stack per line: functions from outermost to innermost, separated by `;`, then a space and the value'),
    unit: z.enum(['microseconds', 'bytes']),
  }),
  z.object({ format: z.literal('pprof'), data: z.base64().describe('A pprof profile, gzipped or not') }),
])
export type ProfileResponse = z.infer<typeof profileResponseSchema>

/** A request of the orchestrator, on `orchestrator.profile_request`. */
export const orchestratorProfileRequestSchema = z.strictObject({
  agentId: nameSchema,
  instanceId: nameSchema.optional(),
  kind: z.enum(['cpu', 'heap']).optional(),
  seconds: z.int().min(1).max(60).optional(),
  by: labelSchema.default('orchestrator'),
  reason: textSchema.default(''),
})
