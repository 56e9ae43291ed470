import type { Database } from '../../src/store/database.ts'

/** The same database, and the number of statements that were sent through it. */
export function countStatements(db: Database): { db: Database; sent: () => number } {
  let count = 0
  const counting = db.withPlugin({
    transformQuery: ({ node }) => {
      count++
      return node
    },
    transformResult: async ({ result }) => result,
  })
  return { db: counting, sent: () => count }
}
