/** Lists that are read page by page; the page is in the address, so the browser's back button leads to the one before. */
import { linkTo, route } from '../router.ts'

/** The id of the last entry of the previous page, for the query of a list; empty on the first page. */
export const getPagePosition = (): string => route.value.query.get('after') ?? ''

/** Links to the entries before the last one that is shown, and to the newest ones. @param last undefined if there are no older ones */
export function Pagination({ last }: { last: string | number | undefined }) {
  const { page, id, query } = route.value
  const { after, ...filters } = Object.fromEntries(query)
  if (after === undefined && last === undefined) return null
  return (
    <nav class="buttons" aria-label="Pages">
      {after !== undefined && <a href={linkTo(page, id, filters)}>Newest</a>}
      {last !== undefined && <a href={linkTo(page, id, { ...filters, after: String(last) })}>Older</a>}
    </nav>
  )
}
