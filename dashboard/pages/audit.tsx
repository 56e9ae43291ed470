import { useState } from 'preact/hooks'
import type { AuditPage as AuditEntries, AuditEntry } from '../../src/model/audit.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { useAgents } from '../components/agents.ts'
import { Age, Chips, Empty, Facts, Loaded, PageTitle, Table } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { getSpanStart, spanOptions } from '../components/spans.ts'
import { SuggestingInput } from '../components/suggesting-input.tsx'
import { WorkflowLink } from '../components/workflow-link.tsx'
import { withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo, route, setFilter } from '../router.ts'
import { describeDetail, findCausePage, findSubjectPage, findTrialId, findUndoTarget, type PageTarget } from './audit-entry.ts'

/** Entries shown at first, and at most. */
const few = 100
const most = 1_000

/** The filters of the entries, in the address, so that a view of them can be shared. */
const filterOf = (name: string) => route.value.query.get(name) ?? ''

/** Names that were seen, so that a filter offers others than those it selects. */
const seen = { actors: new Set<string>(), actions: new Set<string>() }

/** Who decided or did what, when and why, and how to undo it. */
export function AuditPage() {
  const [limit, setLimit] = useState(few)
  const audit = useResource<AuditEntries>(`/audit?${buildQuery(limit)}`, 8_000)
  const { ids } = useAgents(filterOf('subject'))
  for (const { actor, action } of audit.data?.entries ?? []) {
    seen.actors.add(actor)
    seen.actions.add(action).add(action.split('.')[0]!)
  }
  return (
    <>
      <PageTitle title="Audit" />
      <div class="filters">
        <SuggestingInput
          label="Who"
          value={filterOf('actor')}
          placeholder="everybody"
          options={[...seen.actors].sort()}
          onInput={(actor) => setFilter({ actor })}
        />
        <SuggestingInput
          label="What"
          value={filterOf('action')}
          placeholder="everything"
          options={[...seen.actions].sort()}
          onInput={(action) => setFilter({ action })}
        />
        <SuggestingInput
          label="Agent"
          value={filterOf('subject')}
          placeholder="all agents"
          options={ids}
          onInput={(subject) => setFilter({ subject })}
        />
        <Chips label="Time" options={spanOptions} value={filterOf('since')} onChoose={(since) => setFilter({ since })} />
      </div>
      <Loaded resource={audit}>
        {({ entries, next }) =>
          entries.length === 0 ? (
            <Empty title={route.value.query.size > 0 ? 'No entries match' : 'Nothing has been recorded yet'} />
          ) : (
            <>
              <Table label="Audit" head={['When', 'Who', 'Action', 'Subject', 'Reason', 'Cause', '']}>
                {entries.map((entry) => (
                  <EntryRow key={entry.id} entry={entry} />
                ))}
              </Table>
              {next !== null && limit < most && (
                <button type="button" onClick={() => setLimit(most)}>
                  Show older ones
                </button>
              )}
              {next !== null && limit === most && <p class="muted">npx optimizer audit and GET /api/audit show older entries.</p>}
            </>
          )
        }
      </Loaded>
    </>
  )
}

function buildQuery(limit: number): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) })
  for (const name of ['actor', 'action', 'subject']) {
    const text = filterOf(name).trim()
    if (text) query.set(name, text)
  }
  const since = getSpanStart(filterOf('since'))
  if (since) query.set('since', since)
  return query
}

function EntryRow({ entry }: { entry: Json<AuditEntry> }) {
  const { at, actor, action, subject, reason, cause, workflowId } = entry
  const facts = describeDetail(entry.detail)
  const trial = findTrialId(entry)
  const undo = findUndoTarget(entry)
  return (
    <tr>
      <td>
        <Age time={at} />
      </td>
      <td>{actor}</td>
      <td>
        {facts.length === 0 ? (
          <code>{action}</code>
        ) : (
          <details>
            <summary>
              <code>{action}</code>
            </summary>
            <Facts facts={facts} />
          </details>
        )}
      </td>
      <td>
        <Reference text={subject} page={findSubjectPage(entry)} />
      </td>
      <td>{withLocalTimes(reason)}</td>
      <td>
        <Reference text={cause} page={findCausePage(entry)} />
        {trial !== undefined && trial !== cause && (
          <div>
            <a href={linkTo('trials', trial)}>its trial</a>
          </div>
        )}
        {workflowId !== null && (
          <div>
            <WorkflowLink id={workflowId}>its workflow</WorkflowLink>
          </div>
        )}
      </td>
      <td>
        {undo && (
          <CommandButton
            kind="quiet"
            command={'trialId' in undo ? commands.rollBack(undo.trialId, true) : commands.undoSince(undo.agentId, at)}
          >
            Undo
            <span class="visually-hidden">
              {' '}
              {action} of {subject}
            </span>
            …
          </CommandButton>
        )}
      </td>
    </tr>
  )
}

const Reference = ({ text, page }: { text: string | null; page: PageTarget | undefined }) => (
  <>{page === undefined ? text : <a href={linkTo(...page)}>{text}</a>}</>
)
