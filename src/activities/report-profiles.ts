import type { Activities } from '../contract/activities.ts'
import { publishNotification } from '../messaging/publish.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import { readProfileReport } from '../reading/profiles.ts'
import type { Dependencies } from './dependencies.ts'

/** Publishes the reports of profiles; a repeated attempt publishes them again, with the same `id`. */
export function createReportProfiles({ db, nats }: Dependencies): Activities['reportProfiles'] {
  return async ({ profileIds }) => {
    const lines: string[] = []
    for (const id of profileIds) {
      const report = await readProfileReport({ db }, id)
      publishNotification(nats, performanceSubjects.profileReport, report)
      lines.push(`${id}: ${report.summary}`)
    }
    return { lines: lines.slice(0, 20) }
  }
}
