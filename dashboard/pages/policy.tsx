import { useState } from 'preact/hooks'
import type { LimitsView } from '../../src/reading/limits.ts'
import type { PolicyChange, PolicyField } from '../../src/reading/policy.ts'
import { refusal } from '../access.ts'
import type { Json } from '../api.ts'
import * as commands from '../commands.ts'
import { useAgents } from '../components/agents.ts'
import { Age, Badge, Chips, Empty, Facts, Loaded, PageTitle, Panel, Table } from '../components/basics.tsx'
import { CommandButton, openCommandDialog } from '../components/command.tsx'
import { getPagePosition, Pagination } from '../components/pagination.tsx'
import { SuggestingInput } from '../components/suggesting-input.tsx'
import { formatTime, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { route, setFilter } from '../router.ts'
import { useSummary } from '../summary.ts'
import { Identity } from './identity.tsx'

/** The limits on what the optimizer may do, and how a person changes them. */
export function PolicyPage() {
  const summary = useSummary()
  const limits = useResource<LimitsView>('/limits', 10_000)
  const fields = useResource<PolicyField[]>('/policy', 8_000)
  return (
    <>
      <PageTitle title="Policy" />
      <Loaded resource={summary}>
        {({ policy, pause }) => (
          <div class="columns">
            <Panel title="Pause and resume">
              <p>
                {pause
                  ? `Paused by ${pause.pausedBy}: no new trials will start.`
                  : 'Trials start when cycles find something worth trying.'}
              </p>
              <div class="buttons">
                {pause ? (
                  <CommandButton kind="primary" command={commands.resume}>
                    Resume…
                  </CommandButton>
                ) : (
                  <CommandButton command={commands.pause}>Pause…</CommandButton>
                )}
                <CommandButton kind="danger" command={commands.abort}>
                  Roll back every running trial…
                </CommandButton>
              </div>
            </Panel>
            <Panel title="Scope">
              <Focus focus={policy.focus} />
              <p>
                Resources: <strong>{policy.resourceMode === 'reduce' ? 'reducing consumption' : 'normal'}</strong>
              </p>
              <CommandButton command={commands.setResourceMode(policy.resourceMode === 'reduce' ? 'normal' : 'reduce')}>
                {policy.resourceMode === 'reduce' ? 'Optimize performance…' : 'Reduce consumption…'}
              </CommandButton>
            </Panel>
          </div>
        )}
      </Loaded>
      <Panel title="Aggressiveness">
        <Loaded resource={limits}>
          {({ levels }) => <Levels levels={levels} current={summary.data?.policy.aggressiveness} />}
        </Loaded>
      </Panel>
      <Identity />
      <Panel title="Limits and freeze windows">
        <Loaded resource={limits}>{(view) => <Limits view={view} />}</Loaded>
      </Panel>
      <Panel title="In force">
        <Loaded resource={fields}>
          {(list) => (
            <Table label="The policy in force" head={['Field', 'Value', 'Changed', 'By', 'Why']}>
              {list.map(({ field, label, text, since, by, why }) => (
                <tr key={field}>
                  <td>{label}</td>
                  <td>{text}</td>
                  <td class="number">{since ? <Age time={since} /> : <span class="muted">the default</span>}</td>
                  <td>{by}</td>
                  <td>{withLocalTimes(why ?? '')}</td>
                </tr>
              ))}
            </Table>
          )}
        </Loaded>
      </Panel>
      <History />
    </>
  )
}

const perPage = 50

/** The changes of the policy, page by page: all, or those of people. */
function History() {
  const by = route.value.query.get('by') === 'people' ? 'people' : ''
  const after = getPagePosition()
  const query = `limit=${perPage}${by && '&byPeople=true'}${after && `&after=${encodeURIComponent(after)}`}`
  const history = useResource<PolicyChange[]>(`/policy/history?${query}`, 8_000)
  return (
    <Panel
      title="History"
      aside={
        <Chips
          label="By whom"
          options={[
            ['', 'Everybody'],
            ['people', 'By people'],
          ]}
          value={by}
          onChoose={(chosen) => setFilter({ by: chosen, after: '' })}
        />
      }
    >
      <Loaded resource={history}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={by || after ? 'No change matches' : 'The policy has never been changed'} />
          ) : (
            <Table label="Changes to the policy" head={['When', 'Field', 'From', 'To', 'By', 'Why']}>
              {list.map(({ id, changedAt, label, oldText, newText, changedBy, reason }) => (
                <tr key={id}>
                  <td>
                    <Age time={changedAt} />
                  </td>
                  <td>{label}</td>
                  <td>{oldText}</td>
                  <td>{newText}</td>
                  <td>{changedBy}</td>
                  <td>{withLocalTimes(reason)}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      <Pagination last={history.data?.length === perPage ? history.data.at(-1)!.id : undefined} />
    </Panel>
  )
}

function Focus({ focus }: { focus: string | null }) {
  const [chosen, setChosen] = useState('')
  const { ids, isKnown } = useAgents(chosen)
  if (focus)
    return (
      <p class="inline">
        <span>
          The focus is on <strong>{focus}</strong>; nothing else is optimized.
        </span>
        <CommandButton command={commands.clearFocus}>Return to the whole fleet…</CommandButton>
      </p>
    )
  return (
    <form
      class="inline"
      onSubmit={(event) => {
        event.preventDefault()
        if (isKnown) openCommandDialog(commands.focusOn(chosen.trim()))
      }}
    >
      <SuggestingInput
        label="Focus on one agent"
        value={chosen}
        placeholder="the whole fleet"
        options={ids}
        onInput={setChosen}
      />
      <button type="submit" disabled={!isKnown || refusal.value !== undefined} title={refusal.value}>
        Focus…
      </button>
    </form>
  )
}

function Levels({ levels, current }: { levels: Json<LimitsView>['levels']; current: number | undefined }) {
  return (
    <Table
      label="Levels of aggressiveness"
      head={['Level', 'Trials at once', 'Knobs per trial', 'Executions needed', 'Highest risk', 'Time between cycles', '']}
    >
      {levels.map(({ level, capFactor, bundleSize, evidence, allowedRisk, cadenceFactor }) => (
        <tr key={level} class={level === current ? 'chosen' : ''}>
          <td>
            <strong>{level}</strong> {level === 1 && 'cautious'}
            {level === 3 && 'default'}
            {level === 5 && 'bold'}
          </td>
          <td>×{capFactor}</td>
          <td>{bundleSize}</td>
          <td>{evidence}</td>
          <td>{allowedRisk}</td>
          <td>×{cadenceFactor}</td>
          <td>
            {level === current ? (
              <Badge tone="good">in force</Badge>
            ) : (
              current !== undefined && (
                <CommandButton kind="quiet" command={commands.setAggressiveness(level, current)}>
                  Choose<span class="visually-hidden"> level {level}</span>…
                </CommandButton>
              )
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Limits({ view: { limits, problem, frozen } }: { view: Json<LimitsView> }) {
  if (problem !== null || limits === null)
    return (
      <div class="empty" role="alert">
        <strong>The limits cannot be read</strong>
        <p>{problem}</p>
      </div>
    )
  const facts = Object.entries(limits).flatMap(([name, limit]): [string, string][] =>
    Array.isArray(limit)
      ? limit.map((rule, index) => [`${ruleNames[name] ?? name} ${index + 1}`, describeRule(rule)])
      : [[name, String(limit)]],
  )
  return (
    <>
      {frozen.map(({ agent, kind, until, why }) => (
        <p key={`${agent} ${kind} ${until}`}>
          <Badge tone="warn">frozen now</Badge> {agent ?? (kind ? `all agents of kind ${kind}` : 'the whole fleet')} until{' '}
          {formatTime(until)}
          {why && `: ${withLocalTimes(why)}`}
        </p>
      ))}
      {facts.length === 0 ? (
        <Empty title="No limits are set">
          Hard limits, such as freeze windows, are set in a file that the optimizer only reads.
        </Empty>
      ) : (
        <Facts facts={facts} />
      )}
    </>
  )
}

/** Limits of which there may be several. */
const ruleNames: Record<string, string> = {
  neverTouch: 'never touch',
  maxSteps: 'largest step',
  floors: 'floor',
  freeze: 'freeze window',
}

const describeRule = (rule: object) =>
  Object.entries(rule)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
