/** Long lists that show the newest entries first. */
import { useRef } from 'preact/hooks'
import type { Json } from '../api.ts'
import { type Resource, useResource } from '../live.ts'

const shownMore = 30

/** Whether the server has more than was read, and the way to read it. */
export interface MoreEntries {
  hasMore: boolean
  readMore: () => void
}

/** Shows more of the entries that are known, and reads more if needed. */
export function ShowMore({
  shown,
  known,
  onShow,
  hasMore,
  readMore,
}: MoreEntries & { shown: number; known: number; onShow: (shown: number) => void }) {
  if (known <= shown && !hasMore) return null
  const next = shown + shownMore
  const onClick = () => {
    onShow(next)
    if (next > known && hasMore) readMore()
  }
  return (
    <button type="button" onClick={onClick}>
      Show older ones
    </button>
  )
}

/** The newest entries of a list; while more of them are read, those that are known stay. */
export function useGrowingList<Entry>(path: string, limit: number, everyMs: number): Resource<Entry[]> & { hasMore: boolean } {
  const resource = useResource<Entry[]>(`${path}?limit=${limit}`, everyMs)
  const last = useRef<{ path: string; data: Json<Entry[]> } | undefined>(undefined)
  if (resource.data) last.current = { path, data: resource.data }
  const data = last.current?.path === path ? last.current.data : undefined
  return { ...resource, data, hasMore: data?.length === limit }
}
