/** Everything that a workflow was given, passed on and answered, as JSON, from its history. */
export function listPayloads(history: unknown): string[] {
  if (typeof history !== 'object' || history === null) return []
  if ('metadata' in history && 'data' in history) {
    const { data } = history
    if (typeof data === 'string') return [Buffer.from(data, 'base64').toString()]
    if (data instanceof Uint8Array) return [Buffer.from(data).toString()]
  }
  return Object.values(history).flatMap(listPayloads)
}

/** Secrets that must not be in a history, since it is not encrypted. */
export const secrets = /password|secret|bearer|api[-_]?key|\w+:\/\/[^\s/]*:[^\s/]*@|postgres(ql)?:/i
