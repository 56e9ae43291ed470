/** The small parts that every page uses. */
import type { ComponentChildren } from 'preact'
import { ApiError } from '../api.ts'
import { now } from '../clock.ts'
import { formatAge, formatFullTime, formatTime } from '../format.ts'
import type { Resource } from '../live.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'calm'

export const Badge = ({ tone = 'calm', children, title }: { tone?: Tone; children: ComponentChildren; title?: string }) => (
  <span class={`badge ${tone}`} title={title}>
    {children}
  </span>
)

export const severityTone = (severity: string | null | undefined): Tone =>
  severity === 'critical' || severity === 'high' ? 'bad' : severity ? 'warn' : 'calm'

export const Severity = ({ severity }: { severity: string }) => <Badge tone={severityTone(severity)}>{severity}</Badge>

const verdictTones: Record<string, Tone> = { keep: 'good', 'roll-back': 'bad', undecided: 'calm' }
const verdictWords: Record<string, string> = { keep: 'kept', 'roll-back': 'rolled back', undecided: 'not proven' }
export const Verdict = ({ verdict }: { verdict: string }) => (
  <Badge tone={verdictTones[verdict] ?? 'info'}>{verdictWords[verdict] ?? verdict}</Badge>
)

/** How long ago, with the exact time on hover. */
export const Age = ({ time }: { time: string | number }) => (
  <time dateTime={new Date(time).toISOString()} title={formatFullTime(time)}>
    {formatAge(time, now.value)}
  </time>
)

export const Time = ({ time }: { time: string | number }) => (
  <time dateTime={new Date(time).toISOString()} title={formatFullTime(time)}>
    {formatTime(time)}
  </time>
)

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <strong>{title}</strong>
    {children && <p>{children}</p>}
  </div>
)

/** A part of a page with its heading. */
export const Panel = ({
  title,
  aside,
  children,
  id,
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
  id?: string
}) => (
  <section class="panel" id={id} aria-label={title}>
    <header>
      <h2>{title}</h2>
      {aside && <div class="aside">{aside}</div>}
    </header>
    {children}
  </section>
)

export const PageTitle = ({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) => (
  <div class="page-title">
    <h1>{title}</h1>
    {children}
  </div>
)

/** The content of a resource, a note that it is loading, or the reason why it cannot be read. */
export function Loaded<T>({
  resource: { data, error, reload },
  children,
}: {
  resource: Resource<T>
  children: (data: NonNullable<Resource<T>['data']>) => ComponentChildren
}) {
  if (data !== undefined && data !== null) return <>{children(data as NonNullable<Resource<T>['data']>)}</>
  if (!error)
    return (
      <div class="loading" role="status">
        Loading…
      </div>
    )
  return (
    <div class="empty" role="alert">
      <strong>{error instanceof ApiError && error.status === 404 ? 'Not found' : 'This cannot be shown right now'}</strong>
      <p>{error.message}</p>
      <button type="button" onClick={reload}>
        Try again
      </button>
    </div>
  )
}

/** Facts as names and values. */
export const Facts = ({ facts }: { facts: [name: string, value: ComponentChildren][] }) => (
  <dl class="facts">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

/** A choice of one of a few. */
export const Chips = ({
  label,
  options,
  value,
  onChoose,
}: {
  label: string
  options: readonly (readonly [value: string, title: string])[]
  value: string
  onChoose: (value: string) => void
}) => (
  <fieldset class="chips" aria-label={label}>
    {options.map(([option, title]) => (
      <button key={option} type="button" aria-pressed={value === option} onClick={() => onChoose(option)}>
        {title}
      </button>
    ))}
  </fieldset>
)

/** A table that scrolls within itself where the screen is narrow. */
export const Table = ({ head, children, label }: { head: ComponentChildren[]; children: ComponentChildren; label: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
  // biome-ignore lint/a11y/useSemanticElements: a section would look like one of the page
  <div class="scroll" tabIndex={0} role="region" aria-label={label}>
    <table>
      <thead>
        <tr>
          {head.map((cell, index) => (
            <th key={index} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </div>
)

const stateTones: Record<string, Tone> = { kept: 'good', restored: 'bad', restoring: 'warn' }
export const stateTone = (state: string): Tone => stateTones[state] ?? 'info'
