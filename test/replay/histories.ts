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

/** @param by instead of the person who sent their signals and updates and started them */
export function recordedHistories(by?: string): { workflowId: string; history: History }[] {
  return readdirSync(histories).map((file) => {
    const text = readFileSync(new URL(file, histories), 'utf8')
    const sent = by === undefined ? text : text.replace(/(?<="data": ?")[^"]+/g, (data) => replacePerson(data, by))
    return { workflowId: file.replace('.json', ''), history: History.fromObject(JSON.parse(sent)) }
  })
}

/** @param data a payload in base 64 */
function replacePerson(data: string, by: string): string {
  const content = Buffer.from(data, 'base64').toString()
  return content.includes('"a person"')
    ? Buffer.from(content.replaceAll('"a person"', JSON.stringify(by))).toString('base64')
    : data
}
