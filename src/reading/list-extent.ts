import { z } from 'zod'
import type { PageRange } from '../store/newest-first.ts'

/** How much of a list is shown: its first `shown` of `total` entries. */
export const listExtentSchema = z.object({ shown: z.int(), total: z.int() }).describe('The first `shown` of `total` entries')
export type ListExtent = z.infer<typeof listExtentSchema>

/** A list that may be cut off, with how many entries there are in all. */
export interface Page<T> {
  items: T[]
  total: number
}

/** A part of a list; each list has its own usual length. */
export type ListRange = { limit?: number | undefined } & Omit<PageRange, 'limit'>

/** A list that is cut off after `limit` entries. */
export const toFirstPage = <T>(items: readonly T[], limit: number): Page<T> => ({
  items: items.slice(0, limit),
  total: items.length,
})

/** How much of it is shown. */
export const getListExtent = ({ items, total }: Page<unknown>): ListExtent => ({ shown: items.length, total })

/** Reads the newest entries of a list, and counts all. */
export async function readPage<T>(items: Promise<T[]>, total: Promise<number>): Promise<Page<T>> {
  const [read, counted] = await Promise.all([items, total])
  // An entry may have been added between the two queries.
  return { items: read, total: Math.max(counted, read.length) }
}
