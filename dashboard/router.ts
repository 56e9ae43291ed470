/** The page in view, in the part of the address after `#`. */
import { signal } from '@preact/signals'

export interface Route {
  page: string
  id: string | undefined
}

function parse(): Route {
  const [page = '', id] = location.hash.replace(/^#\/?/, '').split('/')
  return { page: page || 'fleet', id: id === undefined ? undefined : decode(id) }
}

/** A malformed escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = signal<Route>(parse())

addEventListener('hashchange', () => {
  route.value = parse()
  scrollTo(0, 0)
})

export const linkTo = (page: string, id?: string) => `#/${page}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
