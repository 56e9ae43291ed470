import { formatMs } from '../../src/model/format.ts'

const words = (name: string) =>
  name
    .replace(/Ms$/, '')
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase()

const order = ['collect', 'detect', 'execute', 'measure', 'report']
const orderOf = (name: string) => (order.findIndex((start) => name.startsWith(start)) + order.length + 1) % (order.length + 1)

/** How long each phase took, as parts of a bar. */
export function Phases({ phases, isSmall = false }: { phases: Record<string, number>; isSmall?: boolean }) {
  const parts = Object.entries(phases)
    .filter(([name, ms]) => ms > 0 && !/^total/i.test(name))
    .sort(([a], [b]) => orderOf(a) - orderOf(b))
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0)
  if (total === 0) return <span class="muted">–</span>
  let at = 0
  return (
    <div class={`phases ${isSmall ? 'small' : ''}`}>
      <svg
        viewBox="0 0 100 6"
        preserveAspectRatio="none"
        role="img"
        aria-label={parts.map(([name, ms]) => `${words(name)} ${formatMs(ms)}`).join(', ')}
      >
        {parts.map(([name, ms], index) => {
          const width = (100 * ms) / total
          const x = at
          at += width
          return (
            <rect key={name} class={`phase-${index % 6}`} x={x} width={Math.max(0.6, width - 0.3)} height="6">
              <title>{`${words(name)} ${formatMs(ms)}`}</title>
            </rect>
          )
        })}
      </svg>
      {!isSmall && (
        <ul>
          {parts.map(([name, ms], index) => (
            <li key={name}>
              <span class={`key phase-${index % 6}`} /> {words(name)} <strong>{formatMs(ms)}</strong>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
