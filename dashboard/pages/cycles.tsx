import type { Recommendation } from '../../src/model/capacity.ts'
import { formatDuration, pluralize } from '../../src/model/format.ts'
import type { CycleView } from '../../src/reading/cycles.ts'
import * as commands from '../commands.ts'
import { Age, Badge, Empty, Loaded, PageTitle, Panel, Table, type Tone } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { getPagePosition, Pagination } from '../components/pagination.tsx'
import { ReportLinks } from '../components/report.tsx'
import { formatSignedMean } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { Phases } from './phases.tsx'

type Cycle = Omit<CycleView, 'bottlenecks' | 'strategies' | 'trials'>
export const cycleTones: Record<string, Tone> = { running: 'info', completed: 'good', failed: 'bad', cancelled: 'warn' }

const perPage = 50

/** The cycles, newest first, and what is recommended. */
export function CyclesPage() {
  const after = getPagePosition()
  const cycles = useResource<Cycle[]>(`/cycles?limit=${perPage}${after && `&after=${encodeURIComponent(after)}`}`, 4_000)
  const recommendations = useResource<Recommendation[]>('/recommendations', 15_000)
  return (
    <>
      <PageTitle title="Cycles">
        <CommandButton command={commands.startCycle()}>Start a cycle</CommandButton>
        <ReportLinks of="since=24h" title="Last day" />
        <ReportLinks of="since=7d" title="Last week" />
      </PageTitle>
      <Panel title={after ? 'Older cycles' : 'Latest cycles'}>
        <Loaded resource={cycles}>
          {(list) =>
            list.length === 0 ? (
              <Empty title={after ? 'There are no older cycles' : 'No cycle has run yet'}>
                The Schedule starts one every few minutes; you can start one now.
              </Empty>
            ) : (
              <Table label="Latest cycles" head={['Started', 'State', 'Phases', 'Duration', 'Trials kept', 'Mean proven gain']}>
                {list.map(({ id, state, dryRun, target, phases, impact, startedAt, endedAt }) => (
                  <tr key={id}>
                    <td>
                      <a href={linkTo('cycles', id)}>
                        <Age time={startedAt} />
                      </a>
                      {target && <small class="muted"> only {target}</small>}
                    </td>
                    <td>
                      <Badge tone={cycleTones[state] ?? 'calm'}>{state}</Badge> {dryRun && <Badge>dry run</Badge>}
                    </td>
                    <td>
                      <Phases phases={phases} isSmall />
                    </td>
                    <td class="number">
                      {endedAt ? formatDuration(new Date(endedAt).getTime() - new Date(startedAt).getTime()) : '…'}
                    </td>
                    <td>{impact ? `${impact.successfulOptimizations} of ${impact.totalOptimizations}` : '–'}</td>
                    <td class="number">
                      {impact && impact.successfulOptimizations > 0
                        ? formatSignedMean(impact.overallImprovement, impact.improvementUnit ?? null)
                        : '–'}
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Loaded>
        <Pagination last={cycles.data?.length === perPage ? cycles.data.at(-1)!.id : undefined} />
      </Panel>
      <Panel title="Recommendations">
        <Loaded resource={recommendations}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="Nothing to recommend beyond what the optimizer tries on its own" />
            ) : (
              <ul class="lines" aria-label={pluralize(list.length, 'recommendation')}>
                {list.map(({ kind, subject, text, evidence }) => (
                  <li key={`${kind} ${subject} ${text}`}>
                    {text} {evidence.length > 0 && <small class="muted">{evidence.join(' ')}</small>}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </>
  )
}
