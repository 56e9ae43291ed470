import { z } from 'zod'
import { labelSchema, nonEmptyTextSchema } from './text.ts'

/** Who sends a signal and why. */
export interface SignalNote {
  by?: string | undefined
  reason?: string | undefined
}

/** A signal cannot be refused, and the kill switch must work whatever its note says: what is invalid is left out. */
const signalNoteSchema = z
  .object({ by: labelSchema.optional().catch(undefined), reason: nonEmptyTextSchema.optional().catch(undefined) })
  .catch({})

/** Who is on record for a signal without a sender. */
export const unnamedSender = 'signal'

/** The person who gave a command; undefined if a signal named none. */
export const findNamedSender = (by: string): string | undefined => (by === unnamedSender ? undefined : by)

/** The note of a signal, which may also be the reason alone. */
export const parseSignalNote = (note: unknown): SignalNote =>
  signalNoteSchema.parse(typeof note === 'string' ? { reason: note } : note)
