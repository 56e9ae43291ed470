import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

const narrow = matchMedia('(max-width: 760px)')
/** As in the style sheet. */
const rowHeight = () => (narrow.matches ? 101 : 60)
const spare = 6

/** Which rows of a long list are in view, and how high rows are that are left out. The rows scroll with the page. */
export function useWindowedList(count: number): {
  container: RefObject<HTMLTableSectionElement | null>
  from: number
  to: number
  heightOf: (rows: number) => number
} {
  const container = useRef<HTMLTableSectionElement>(null)
  const [view, setView] = useState({ from: 0, to: 30 })
  useEffect(() => {
    const measure = () => {
      const top = container.current?.getBoundingClientRect().top ?? 0
      const from = Math.max(0, Math.floor(-top / rowHeight()) - spare)
      const to = Math.ceil((innerHeight - top) / rowHeight()) + spare
      setView((known) => (known.from === from && known.to === to ? known : { from, to }))
    }
    measure()
    addEventListener('scroll', measure, { passive: true })
    addEventListener('resize', measure)
    return () => {
      removeEventListener('scroll', measure)
      removeEventListener('resize', measure)
    }
  }, [count])
  const from = Math.min(view.from, Math.max(0, count - 1))
  const to = Math.min(count, Math.max(view.to, from + 1))
  return { container, from, to, heightOf: (rows) => rows * rowHeight() }
}
