/** The page in view and what it is filtered by, in the part of the address after `#`. */
import { signal } from '@preact/signals'

export interface Route {
  page: string
  id: string | undefined
  query: URLSearchParams
}

function parse(): Route {
  const [path = '', query] = location.hash.replace(/^#\/?/, '').split('?')
  const [page = '', id] = path.split('/')
  return { page: page || 'fleet', id: id === undefined ? undefined : decode(id), query: new URLSearchParams(query) }
}

/** A malformed escape is taken literally. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = signal<Route>(parse())

addEventListener('hashchange', () => {
  const before = route.value
  route.value = parse()
  if (before.page !== route.value.page || before.id !== route.value.id) scrollTo(0, 0)
})

export const linkTo = (page: string, id?: string, query: Record<string, string> = {}) => {
  const search = new URLSearchParams(query).toString()
  return `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search && `?${search}`}`
}

/** Changes the filters of the page in view; an empty text removes a filter. It adds no step to the browser's history. */
export function setFilter(part: Record<string, string>): void {
  const { page, id, query } = route.value
  const wanted = Object.entries({ ...Object.fromEntries(query), ...part }).filter(([, value]) => value !== '')
  history.replaceState(null, '', linkTo(page, id, Object.fromEntries(wanted)))
  route.value = parse()
}
