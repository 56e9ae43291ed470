import { activityInfo } from '@temporalio/activity'
import type { Activities } from '../contract/activities.ts'
import type { ErrorReport } from '../messaging/performance.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { readProfileReport } from '../reading/profiles.ts'
import { findActivityAnswer, writeOutcomeOnce } from '../store/activity-answers.ts'
import { insertOutboxMessages } from '../store/outbox.ts'
import type { Dependencies } from './dependencies.ts'

/** Publishes the reports of profiles, and why others were not taken, each once. */
export function createReportProfilesActivity({ db }: Dependencies): Activities['reportProfiles'] {
  const publishOnce = async <Answer>(key: string, subject: string, contents: object[], answer: Answer) =>
    await writeOutcomeOnce(db, key, async (trx) => {
      await insertOutboxMessages(
        trx,
        contents.map((content) => ({ subject, content })),
      )
      return answer
    })
  const reportOnce = async (id: number): Promise<{ summary: string }> => {
    const key = `report profile ${id}`
    // A report takes a while to compute, so an attempt goes on where the one before it ended.
    const answered = await findActivityAnswer<{ summary: string }>(db, key)
    if (answered) return answered
    const report = await readProfileReport({ db }, id)
    return await publishOnce(key, performanceSubjects.profileReport, [report], { summary: report.summary })
  }
  return async ({ profileIds, refused = [] }) => {
    const lines: string[] = []
    for (const id of profileIds) {
      const { summary } = await reportOnce(id)
      lines.push(`${id}: ${summary}`)
    }
    if (refused.length > 0) {
      const { workflowId, runId } = activityInfo().workflowExecution!
      const subject = performanceSubjects.profileReport
      const errors = refused.map(({ code, reason }): ErrorReport => ({ subject, code, message: reason, workflowId }))
      await publishOnce(`report refusals of ${workflowId} ${runId}`, performanceSubjects.errors, errors, {})
    }
    return { lines: lines.slice(0, 20) }
  }
}
