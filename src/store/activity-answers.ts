import { type Database, inTransaction } from './database.ts'

/** The answer of an earlier attempt at the same work; undefined if it was never completed. */
export async function findActivityAnswer<Answer>(db: Database, key: string): Promise<Answer | undefined> {
  const row = await db.selectFrom('activityAnswers').where('key', '=', key).select('answer').executeTakeFirst()
  return row?.answer as Answer | undefined
}

/**
 * Writes the outcome of a piece of work once, together with its answer, in one transaction. Of concurrent attempts, one writes and
 * the others get its answer.
 * @param key the same for every attempt, different for any other work
 */
export function writeOutcomeOnce<Answer>(db: Database, key: string, write: (trx: Database) => Promise<Answer>): Promise<Answer> {
  return inTransaction(db, async (trx) => {
    const first = await trx
      .insertInto('activityAnswers')
      .values({ key })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key')
      .executeTakeFirst()
    if (!first) return (await findActivityAnswer<Answer>(trx, key))!
    const answer = await write(trx)
    await trx
      .updateTable('activityAnswers')
      .set({ answer: JSON.stringify(answer) })
      .where('key', '=', key)
      .execute()
    return answer
  })
}

/** Deletes answers recorded before a time, which no attempt needs any more. */
export async function deleteActivityAnswers(db: Database, before: Date): Promise<void> {
  await db.deleteFrom('activityAnswers').where('answeredAt', '<', before).execute()
}
