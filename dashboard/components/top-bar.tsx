import { linkTo, route } from '../router.ts'
import { useSummary } from '../summary.ts'
import { nextTheme, theme } from '../theme.ts'
import { KeyIcon, ThemeIcon } from './icons.tsx'
import { openTokenDialog } from './token-dialog.tsx'

const pages = [
  ['fleet', 'Fleet'],
  ['trials', 'Trials'],
  ['cycles', 'Cycles'],
  ['bottlenecks', 'Bottlenecks'],
  ['approvals', 'Approvals'],
  ['alerts', 'Alerts'],
  ['components', 'Components'],
  ['policy', 'Policy'],
  ['learning', 'Learning'],
  ['audit', 'Audit'],
] as const

/** The pages, and how the page looks. */
export function TopBar() {
  const { data } = useSummary()
  const current = route.value.page === 'agents' ? 'fleet' : route.value.page
  const counts: Record<string, number | undefined> = {
    trials: data?.trials.length,
    approvals: data?.approvals,
    alerts: data?.alerts.unacknowledged,
  }
  return (
    <header class="top">
      <a class="brand" href={linkTo('fleet')} aria-label="Performance optimizer">
        <img src="icon.svg" alt="" width="22" height="22" />
        <span>Performance optimizer</span>
      </a>
      <nav aria-label="Pages">
        {pages.map(([page, title]) => (
          <a key={page} href={linkTo(page)} aria-current={current === page ? 'page' : undefined}>
            {title}
            {counts[page] ? (
              <span class={`count ${page === 'trials' ? '' : 'asks'}`}>
                {counts[page]}
                <span class="visually-hidden">{page === 'trials' ? ' running' : ' waiting for you'}</span>
              </span>
            ) : null}
          </a>
        ))}
      </nav>
      <div class="tools">
        <button
          type="button"
          class="quiet"
          onClick={nextTheme}
          aria-label={`Theme: ${theme.value}. Change`}
          title={`Theme: ${theme.value}`}
        >
          <ThemeIcon theme={theme.value} />
        </button>
        <button type="button" class="quiet" onClick={openTokenDialog} aria-label="Enter an access token" title="Access token">
          <KeyIcon />
        </button>
      </div>
    </header>
  )
}
