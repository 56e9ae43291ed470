import { useState } from 'preact/hooks'
import { formatChanges, formatImprovement } from '../../src/model/format.ts'
import type { AgentTrial, MetricSeriesView } from '../../src/reading/agent-series.ts'
import type { AgentDetails } from '../../src/reading/agent-view.ts'
import type { VersionView } from '../../src/reading/configurations.ts'
import type { Forecasts } from '../../src/reading/forecasts.ts'
import type { Json } from '../api.ts'
import { MetricChart } from '../charts/metric-chart.tsx'
import * as commands from '../commands.ts'
import { Age, Badge, Chips, Empty, Loaded, Panel, Verdict } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { type MoreEntries, ShowMore, useGrowingList } from '../components/show-more.tsx'
import { toMetric, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'
import { listDifferences } from './differences.ts'

type Series = NonNullable<Forecasts[number]['forecast']>['series']

/** Entries that are read at once, and that are shown. */
const [versionsAtOnce, trialsAtOnce, shownAtFirst] = [100, 60, 12]

const spans = [
  [6, '6 hours'],
  [24, 'a day'],
  [168, 'a week'],
] as const

/** The metrics over time, and the configurations that were in force, each with its effect and a way back to it. */
export function AgentTimeline({ agent }: { agent: Json<AgentDetails> }) {
  const id = encodeURIComponent(agent.agentId)
  const [hours, setHours] = useState<number>(24)
  const series = useResource<MetricSeriesView>(`/agents/${id}/series?hours=${hours}`, 20_000)
  const forecasts = useResource<Forecasts>(`/agents/${id}/forecasts`, 60_000)
  const [pages, setPages] = useState(1)
  const [versions, trials] = [
    useGrowingList<VersionView>(`/agents/${id}/configurations`, pages * versionsAtOnce, 8_000),
    useGrowingList<AgentTrial>(`/agents/${id}/trials`, pages * trialsAtOnce, 6_000),
  ]
  const readMore = () => setPages(pages + 1)
  const range: [number, number] = [Date.now() - hours * 3_600_000, Date.now()]
  const marks = (versions.data ?? [])
    .map(({ since, version, reason }) => ({
      at: new Date(since).getTime(),
      label: `version ${version}: ${withLocalTimes(reason)}`,
    }))
    .filter(({ at }) => at > range[0])
  return (
    <>
      <Panel
        title="Metrics"
        aside={
          <Chips
            label="Time shown"
            options={spans.map(([length, title]) => [String(length), title])}
            value={String(hours)}
            onChoose={(length) => setHours(Number(length))}
          />
        }
      >
        <Loaded resource={series}>
          {(metrics) => {
            const shown = narrow(range, metrics)
            return (
              <div class="charts">
                {metrics.map((metric) => {
                  const forecast = forecasts.data?.find(({ name }) => name === metric.name)?.forecast
                  const ahead = selectAhead(forecast?.series, shown)
                  return (
                    <figure key={metric.name}>
                      <figcaption>{metric.label}</figcaption>
                      <MetricChart
                        metric={metric}
                        points={metric.series}
                        marks={marks.filter(({ at }) => at >= shown[0])}
                        range={[shown[0], ahead?.at(-1)?.[0] ?? shown[1]]}
                        ahead={ahead}
                      />
                      {forecast?.crossings.map((crossing) => (
                        <p key={`${crossing.name} ${crossing.value}`} class="crossing">
                          {withLocalTimes(crossing.text)}.
                        </p>
                      ))}
                    </figure>
                  )
                })}
              </div>
            )
          }}
        </Loaded>
      </Panel>
      <Panel title="Configurations" aside={<small class="muted">marked by dots on the charts</small>}>
        <Loaded resource={versions}>
          {(list) => (
            <Versions agent={agent} versions={list} trials={trials.data ?? []} hasMore={versions.hasMore} readMore={readMore} />
          )}
        </Loaded>
      </Panel>
      <RolledBack trials={trials.data ?? []} hasMore={trials.hasMore} readMore={readMore} />
    </>
  )
}

/** The part of a forecast that is no longer than the history shown before it. */
function selectAhead(series: Json<Series> | undefined, [from, to]: [number, number]) {
  const ahead = series?.filter(([at]) => at > to && at - to <= to - from)
  return ahead?.length ? ahead : undefined
}

/** The part of a time in which anything is known, and a little more. */
function narrow([from, to]: [number, number], metrics: Json<MetricSeriesView>): [number, number] {
  const first = Math.min(to, ...metrics.flatMap(({ series }) => series.slice(0, 1).map(([at]) => at)))
  return [Math.max(from, first - Math.max(60_000, 0.1 * (to - first))), to]
}

function Versions({
  agent,
  versions,
  trials,
  ...more
}: {
  agent: Json<AgentDetails>
  versions: Json<VersionView[]>
  trials: Json<AgentTrial[]>
} & MoreEntries) {
  const [limit, setLimit] = useState(shownAtFirst)
  return (
    <>
      <ol class="timeline">
        {versions.slice(0, limit).map((version, index) => {
          const changes = listDifferences(versions[index + 1]?.values ?? {}, version.values, agent.knobs)
          const trial = trials.find(({ id, state }) => id === version.trialId && state === 'kept')
          return (
            <li key={`${version.version} ${version.since}`} class={index === 0 ? 'current' : ''}>
              <header>
                <strong>version {version.version}</strong> {index === 0 && <Badge tone="good">in force</Badge>}{' '}
                <span class="muted">
                  <Age time={version.since} /> · {version.origin}
                </span>
                {index > 0 && <Undo agent={agent} to={version} />}
              </header>
              <p>{withLocalTimes(version.reason)}</p>
              {index === versions.length - 1 ? (
                <p class="muted">the first known version</p>
              ) : (
                <p class="changes">{formatChanges(changes) || 'the same values as before'}</p>
              )}
              {trial?.result?.effects && (
                <p class="effects">
                  {selectNotable(trial.result.effects).map((effect) => (
                    <span key={effect.metric} class={`effect ${effect.effect}`}>
                      {effect.label} {formatImprovement(toMetric(effect), effect.improvement)}
                    </span>
                  ))}{' '}
                  <a href={linkTo('trials', trial.id)}>its trial</a>
                </p>
              )}
            </li>
          )
        })}
      </ol>
      <ShowMore shown={limit} known={versions.length} onShow={setLimit} {...more} />
    </>
  )
}

/** The target, metrics with a bound, and whatever became clearly better or worse. */
const selectNotable = <Effect extends { effect: string; bounds: unknown[] }>(effects: readonly Effect[]): Effect[] =>
  effects.filter(({ effect, bounds }, index) => index === 0 || bounds.length > 0 || effect !== 'unclear').slice(0, 6)

/** Restores an earlier configuration, after showing exactly what will be restored. */
function Undo({ agent, to }: { agent: Json<AgentDetails>; to: Json<VersionView> }) {
  const changes = listDifferences(agent.configuration.values, to.values, agent.knobs)
  if (changes.length === 0) return <span class="muted same">currently in force</span>
  return (
    <CommandButton kind="quiet" command={commands.restore(agent.agentId, to.version)}>
      Restore…
    </CommandButton>
  )
}

function RolledBack({ trials, ...more }: { trials: Json<AgentTrial[]> } & MoreEntries) {
  const [limit, setLimit] = useState(shownAtFirst)
  const ended = trials.filter(({ result }) => result && !result.success && !result.keptBy)
  return (
    <Panel title="Tried and not kept">
      {ended.length === 0 ? (
        <Empty title="No trial has been rolled back" />
      ) : (
        <ul class="lines">
          {ended.slice(0, limit).map(({ id, strategy, result }) => (
            <li key={id}>
              <Verdict verdict={result!.verdict} /> <a href={linkTo('trials', id)}>{formatChanges(strategy.actions)}</a>{' '}
              <span class="muted">
                {result!.effects?.[0] &&
                  `${result!.effects[0].label} ${formatImprovement(toMetric(result!.effects[0]), result!.actualImprovement)} · `}
                {withLocalTimes(result!.reason)} · <Age time={result!.timestamp} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <ShowMore shown={limit} known={ended.length} onShow={setLimit} {...more} />
    </Panel>
  )
}
