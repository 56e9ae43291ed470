import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { searchAttributeTypes } from '../../contract/search-attributes.ts'
import { scheduleId } from '../../model/cycle.ts'
import { describeError } from '../../model/errors.ts'
import { formatDuration } from '../../model/format.ts'
import type { TemporalConnection } from '../../temporal/connection.ts'
import { maxClockDifferenceMs } from './clocks.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'
import { checkTimeoutMs } from './with-timeout.ts'

/** A worker that waits for work asks again after a minute. */
const asksWithinMs = 90_000

/** Checks Temporal, its clock, and its workers. */
export async function checkTemporal({ options, namespace }: TemporalConnection, taskQueue: string): Promise<DiagnosisFinding[]> {
  let connection: Connection
  try {
    connection = await Connection.connect({ ...options, connectTimeout: checkTimeoutMs })
  } catch (error) {
    return [failedFinding('Temporal', `${options.address}: ${describeError(error)}`, 'start it, or correct TEMPORAL_ADDRESS')]
  }
  try {
    const { workflowService } = connection
    const { serverVersion } = await workflowService.getSystemInfo({})
    const findings = [
      okFinding('Temporal', `${serverVersion || 'version unknown'} at ${options.address}, namespace ${namespace}`),
    ]
    findings.push(await checkSearchAttributes(connection, namespace))
    findings.push(await checkSchedule(connection, namespace))
    findings.push(...(await checkWorkers(connection, namespace, taskQueue)))
    return findings
  } catch (error) {
    return [
      failedFinding('Temporal', describeError(error), 'check whether the namespace exists and whether the API key may use it'),
    ]
  } finally {
    await connection.close()
  }
}

async function checkSearchAttributes(connection: Connection, namespace: string): Promise<DiagnosisFinding> {
  const names = Object.keys(searchAttributeTypes)
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
    const missing = names.filter((name) => !(name in customAttributes))
    if (missing.length === 0) return okFinding('search attributes', `all ${names.length} exist`)
    return failedFinding('search attributes', `${missing.join(', ')} are missing`, 'npx optimizer migrate adds them')
  } catch {
    return warningFinding('search attributes', 'the API key may not list them', 'docs/temporal.md lists them')
  }
}

async function checkSchedule(connection: Connection, namespace: string): Promise<DiagnosisFinding> {
  try {
    const { schedule } = await connection.workflowService.describeSchedule({ namespace, scheduleId })
    const paused = schedule?.state?.paused
    return paused
      ? warningFinding(
          'Schedule',
          `paused: ${schedule?.state?.notes || 'no reason given'}`,
          'resume it with npx optimizer resume, if it should run',
        )
      : okFinding('Schedule', `${scheduleId} is running`)
  } catch {
    return failedFinding('Schedule', `there is no Schedule ${scheduleId}`, 'npx optimizer migrate creates it')
  }
}

/** Temporal tells its time only by when workers last asked it for work. */
async function checkWorkers(connection: Connection, namespace: string, taskQueue: string): Promise<DiagnosisFinding[]> {
  const { TaskQueueType } = proto.temporal.api.enums.v1
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  })
  const workers = new Set((pollers ?? []).map(({ identity }) => identity)).size
  if (workers === 0)
    return [failedFinding('workers', `no worker polls the task queue ${taskQueue}`, 'start one; nothing runs without a worker')]
  const clock = 'Temporal clock'
  const askedMs = Math.max(...pollers!.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds) * 1_000))
  const agoMs = Date.now() - askedMs
  const found = `${workers} on the task queue ${taskQueue}`
  if (agoMs > asksWithinMs) {
    const late = `${found}, last polled ${formatDuration(agoMs)} ago`
    return [warningFinding('workers', late, 'check whether they are still running, and whether the clock of Temporal is behind')]
  }
  const difference = `is ahead of this machine by ${formatDuration(Math.abs(agoMs))} or more`
  return [
    okFinding('workers', found),
    agoMs < -maxClockDifferenceMs
      ? warningFinding(clock, difference, 'synchronize the two clocks, for instance with chrony')
      : okFinding(clock, `is not ahead of this machine, and is less than ${formatDuration(asksWithinMs)} behind`),
  ]
}
