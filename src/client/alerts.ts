import { type AlertAcknowledgementInput, alertAcknowledgementSchema } from '../model/commands.ts'
import { recordAlertAcknowledgement } from '../store/alerts.ts'
import type { OptimizerClient } from './optimizer.ts'

/**
 * Acknowledges an open alert: it is not sent again unless it gets worse.
 * @throws OptimizerError `unknown-alert`; ZodError if nobody is named.
 */
export async function acknowledgeAlert(
  { db }: Pick<OptimizerClient, 'db'>,
  id: number,
  note: AlertAcknowledgementInput,
): Promise<void> {
  await recordAlertAcknowledgement(db, id, alertAcknowledgementSchema.parse(note))
}
