/**
 * Recorded histories as JSON. The SDK's own conversion fails where npm installs several copies of protobufjs, which
 * compare their types by identity; the message's own methods do not mind.
 */
import { readdirSync, readFileSync } from 'node:fs'
import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1
type History = ReturnType<typeof History.fromObject>

export const histories = new URL('./histories/', import.meta.url)

export function historyToObject(history: Parameters<typeof History.create>[0]): object {
  return History.toObject(History.create(history), { longs: String, bytes: String, enums: String })
}

export function recordedHistories(): { workflowId: string; history: History }[] {
  return readdirSync(histories).map((file) => ({
    workflowId: file.replace('.json', ''),
    history: History.fromObject(JSON.parse(readFileSync(new URL(file, histories), 'utf8'))),
  }))
}
