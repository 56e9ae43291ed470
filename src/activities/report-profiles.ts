import type { Activities } from '../contract/activities.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { readProfileReport } from '../reading/profiles.ts'
import { answerOnce } from '../store/activity-answers.ts'
import { insertOutboxMessages } from '../store/outbox.ts'
import type { Dependencies } from './dependencies.ts'

/** Publishes the reports of profiles, each once. */
export function createReportProfiles({ db }: Dependencies): Activities['reportProfiles'] {
  return async ({ profileIds }) => {
    const lines: string[] = []
    for (const id of profileIds) {
      const report = await readProfileReport({ db }, id)
      await answerOnce(db, `report profile ${id}`, async (trx) => {
        await insertOutboxMessages(trx, [{ subject: performanceSubjects.profileReport, content: report }])
        return {}
      })
      lines.push(`${id}: ${report.summary}`)
    }
    return { lines: lines.slice(0, 20) }
  }
}
