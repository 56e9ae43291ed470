import './styles/base.css'
import './styles/parts.css'
import './styles/charts.css'
import { type ComponentType, render } from 'preact'
import { useEffect } from 'preact/hooks'
import { useAccess } from './access.ts'
import { CommandDialog, Notice } from './components/command.tsx'
import { StatusBar } from './components/status-bar.tsx'
import { TokenDialog } from './components/token-dialog.tsx'
import { TopBar } from './components/top-bar.tsx'
import { followEvents } from './live.ts'
import { AgentPage } from './pages/agent.tsx'
import { AlertsPage } from './pages/alerts.tsx'
import { ApprovalsPage } from './pages/approvals.tsx'
import { AuditPage } from './pages/audit.tsx'
import { BottlenecksPage } from './pages/bottlenecks.tsx'
import { ComponentsPage } from './pages/components.tsx'
import { CyclePage } from './pages/cycle.tsx'
import { CyclesPage } from './pages/cycles.tsx'
import { FleetPage } from './pages/fleet.tsx'
import { LearningPage } from './pages/learning.tsx'
import { PolicyPage } from './pages/policy.tsx'
import { TrialPage } from './pages/trial.tsx'
import { TrialsPage } from './pages/trials.tsx'
import { linkTo, route } from './router.ts'

const lists: Record<string, ComponentType> = {
  fleet: FleetPage,
  trials: TrialsPage,
  cycles: CyclesPage,
  bottlenecks: BottlenecksPage,
  approvals: ApprovalsPage,
  alerts: AlertsPage,
  components: ComponentsPage,
  policy: PolicyPage,
  learning: LearningPage,
  audit: AuditPage,
}
const single: Record<string, ComponentType<{ id: string }>> = {
  agents: AgentPage,
  trials: TrialPage,
  cycles: CyclePage,
}

function Page() {
  const { page, id } = route.value
  const One = id === undefined ? undefined : single[page]
  if (One && id !== undefined) return <One key={id} id={id} />
  const List = lists[page]
  if (List) return <List />
  return (
    <div class="empty">
      <strong>Page not found</strong>
      <p>
        <a href={linkTo('fleet')}>Go to the fleet</a>
      </p>
    </div>
  )
}

/** A link would change the part of the address that names the page. */
function skipToContent(): void {
  document.getElementById('content')?.focus()
}

function App() {
  const { page, id } = route.value
  useAccess()
  useEffect(() => {
    document.title = `${id ?? page.charAt(0).toUpperCase() + page.slice(1)} · Performance optimizer`
  }, [page, id])
  return (
    <>
      <button type="button" class="skip" onClick={skipToContent}>
        Skip to the content
      </button>
      <TopBar />
      <StatusBar />
      <main id="content" tabIndex={-1}>
        <Page />
      </main>
      <CommandDialog />
      <TokenDialog />
      <Notice />
    </>
  )
}

render(<App />, document.getElementById('app')!)
void followEvents()
