import { type AcknowledgementInput, acknowledgementSchema } from '../model/commands.ts'
import { recordAcknowledgement } from '../store/alerts.ts'
import type { OptimizerClient } from './optimizer.ts'

/**
 * Acknowledges an open alert: it is not sent again unless it gets worse.
 * @throws OptimizerError `unknown-alert`; ZodError if nobody is named.
 */
export async function acknowledgeAlert(
  { db }: Pick<OptimizerClient, 'db'>,
  id: number,
  note: AcknowledgementInput,
): Promise<void> {
  await recordAcknowledgement(db, id, acknowledgementSchema.parse(note))
}
