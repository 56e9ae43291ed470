import { withDatabase } from '../client/with-database.ts'
import { OptimizerError } from '../model/errors.ts'
import type { ProfileRequestInput } from '../model/performance-profile.ts'
import { exportPprof, exportSpeedscope, readFlameDifference, readProfileReport, readProfiles } from '../reading/profiles.ts'
import { formatDifference, formatProfileReports, formatProfiles } from '../terminal/format-profiles.ts'
import { print, printList, printMessage } from '../terminal/print.ts'
import { writeFileAtomically } from '../terminal/write-file-atomically.ts'
import { getCurrentUser } from './current-user.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, readFilteredPage } from './filters.ts'
import { withClient } from './with-client.ts'

interface TakeOptions {
  instance?: string
  worker?: boolean
  workflows?: string | true
  heap?: boolean
  seconds: number
  reason: string
  wait: boolean
  json?: boolean
}

export async function runTakeProfile(agentId: string | undefined, options: TakeOptions): Promise<void> {
  const subject = parseSubject(agentId, options)
  await withClient(async (client) => {
    const { workflowId, result } = await client.profile({
      subject,
      by: getCurrentUser(),
      reason: options.reason,
      trigger: 'person',
    })
    if (!options.wait) return console.log(options.json ? JSON.stringify({ workflowId }) : `Started ${workflowId}.`)
    const { profileIds } = await result()
    const reports = await Promise.all(profileIds.map((id) => readProfileReport(client, id)))
    print(reports, formatProfileReports, options.json)
  })
}

function parseSubject(
  agentId: string | undefined,
  { instance, worker, workflows, heap, seconds }: TakeOptions,
): ProfileRequestInput['subject'] {
  const kind = heap ? 'heap' : 'cpu'
  if ([agentId, worker, workflows].filter(Boolean).length !== 1 || (instance && !agentId))
    throw new OptimizerError('invalid-input', 'Name an agent (optionally with --instance), or use --worker or --workflows.')
  if (agentId) return { of: 'agent', agentId, instanceId: instance, kind, seconds }
  if (worker) return { of: 'worker', kind, seconds }
  return { of: 'workflows', type: workflows === true ? undefined : workflows }
}

export async function showProfiles(
  target: string | undefined,
  { json, ...filters }: FilterOptions & { json?: boolean },
): Promise<void> {
  await withDatabase(async (client) => {
    const read = (limit: number) => readProfiles(client, { target, limit })
    const found = await readFilteredPage(read, filters, { at: ({ takenAt }) => takenAt })
    printList(found, formatProfiles, { json, isFiltered: target !== undefined || hasFilter(filters) })
  })
}

export async function showProfile(id: number, { json }: { json?: boolean }): Promise<void> {
  await withDatabase(async (client) => print([await readProfileReport(client, id)], formatProfileReports, json))
}

export async function compareProfiles(before: number, after: number, { json }: { json?: boolean }): Promise<void> {
  await withDatabase(async (client) => print(await readFlameDifference(client, after, before), formatDifference, json))
}

export async function exportProfile(id: number, { format, output }: { format: string; output?: string }): Promise<void> {
  await withDatabase(async (client) => {
    const isPprof = format === 'pprof'
    const file = output ?? (isPprof ? `profile-${id}.pb.gz` : `profile-${id}.speedscope.json`)
    writeFileAtomically(file, isPprof ? await exportPprof(client, id) : JSON.stringify(await exportSpeedscope(client, id)))
    printMessage(`${file}: ${isPprof ? `go tool pprof -http=: ${file} opens it.` : 'https://www.speedscope.app opens it.'}`)
  })
}
