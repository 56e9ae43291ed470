import { isCausedByData } from '../store/errors.ts'
import type { Source, SourceRequest } from './source.ts'

export interface IsolatedReadResult<Reading> {
  reading: Reading
  /** Agents whose data made the source fail, and how. */
  unreadable: { agentId: string; error: Error }[]
}

/**
 * Reads a source for all agents at once. If data makes that fail, reads each half of them separately, down to the agents that fail alone.
 * @throws the error of the source if it is not about data, or if the source has no data of agents
 */
export async function readIsolated<Reading>(
  source: Source<Reading>,
  request: SourceRequest & { agentIds: string[] },
): Promise<IsolatedReadResult<Reading>> {
  const { agentIds } = request
  try {
    return { reading: await source.read(request), unreadable: [] }
  } catch (error) {
    if (!isCausedByData(error) || !source.combine || agentIds.length === 0) throw error
    if (agentIds.length === 1) return { reading: source.combine([]), unreadable: [{ agentId: agentIds[0]!, error }] }
    const middle = agentIds.length >> 1
    const first = await readIsolated(source, { ...request, agentIds: agentIds.slice(0, middle) })
    const second = await readIsolated(source, { ...request, agentIds: agentIds.slice(middle) })
    return {
      reading: source.combine([first.reading, second.reading]),
      unreadable: [...first.unreadable, ...second.unreadable],
    }
  }
}
