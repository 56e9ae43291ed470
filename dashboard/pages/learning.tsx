import { formatRatio, formatRatioRange, pluralize } from '../../src/model/format.ts'
import type { LearningView } from '../../src/reading/learning.ts'
import { Calibration } from '../charts/calibration.tsx'
import { Empty, Loaded, PageTitle, Panel, Table } from '../components/basics.tsx'
import { formatSignedMean, toWords, withLocalTimes } from '../format.ts'
import { useResource } from '../live.ts'
import { linkTo } from '../router.ts'

const find = (metrics: LearningView['metrics'], name: string) =>
  metrics.find((metric) => metric.name === name) ?? { label: name, kind: 'continuous' as const }

/** The lessons of all trials: what succeeds, how accurate predictions are, and what is still worth trying. */
export function LearningPage() {
  const learning = useResource<LearningView>('/learning', 30_000)
  return (
    <>
      <PageTitle title="Learning" />
      <Loaded resource={learning}>
        {({ successes, overall, predictions, agents, metrics, unusable }) => (
          <>
            <div class="columns">
              <Panel title="Are predictions accurate?">
                {predictions.length === 0 ? (
                  <Empty title="No prediction has been measured yet" />
                ) : (
                  <>
                    <Calibration points={predictions.map(({ type, ...rest }) => ({ label: toWords(type), ...rest }))} />
                    <Table
                      label="Predicted and measured"
                      head={['Type', 'Predicted', 'Measured', 'Trials within the 80% interval']}
                    >
                      {predictions.map(({ type, trials, predicted, measured, unit, within }) => (
                        <tr key={type}>
                          <td>{toWords(type)}</td>
                          <td class="number">{formatSignedMean(predicted, unit)}</td>
                          <td class="number">{formatSignedMean(measured, unit)}</td>
                          <td class="number">
                            {within} of {trials} ({formatRatio(within / Math.max(1, trials))})
                          </td>
                        </tr>
                      ))}
                    </Table>
                  </>
                )}
              </Panel>
              <Panel title="What succeeds">
                {successes.length === 0 ? (
                  <Empty title="No trial has ended yet" />
                ) : (
                  <Table
                    label="Success by strategy type"
                    head={['Type', 'Trials', 'Proven', 'Rolled back', 'Not proven', 'Mean gain', 'Typical']}
                  >
                    {successes.map(({ type, trials, proven, rolledBack, undecided, improvement, unit, documented }) => (
                      <tr key={type}>
                        <td>{toWords(type)}</td>
                        <td class="number">{trials}</td>
                        <td class="number">
                          {proven} ({formatRatio(proven / Math.max(1, trials))})
                        </td>
                        <td class="number">{rolledBack}</td>
                        <td class="number">{undecided}</td>
                        <td class="number">{improvement === null ? '–' : formatSignedMean(improvement, unit)}</td>
                        <td class="number">{documented ? formatRatioRange(documented) : '–'}</td>
                      </tr>
                    ))}
                  </Table>
                )}
                {overall.kept > 0 && (
                  <p class="muted">
                    All types: {overall.proven} of {overall.trials} proven ({formatRatio(overall.successRate ?? 0)}; typical
                    success rate: {formatRatioRange(overall.documented)}). Of {pluralize(overall.kept, 'kept change')},{' '}
                    {overall.held} showed no later harm.
                  </p>
                )}
              </Panel>
            </div>
            <Panel title="Worth trying next" aside={<small class="muted">{pluralize(agents.length, 'agent')}</small>}>
              <Table label="Promising knobs" head={['Agent', 'Knob', 'For', 'Why']}>
                {agents
                  .flatMap(({ agentId, worthTrying }) => worthTrying.map((knob) => ({ agentId, ...knob })))
                  .filter(({ gain, trials }) => gain !== null || trials > 0)
                  .sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0))
                  .slice(0, 40)
                  .map(({ agentId, knob, metric, direction, why }) => (
                    <tr key={`${agentId} ${knob} ${metric}`}>
                      <td>
                        <a href={linkTo('agents', agentId)}>{agentId}</a>
                      </td>
                      <td>
                        {knob} {direction && <small class="muted">{direction}</small>}
                      </td>
                      <td>{find(metrics, metric).label}</td>
                      <td>{withLocalTimes(why)}</td>
                    </tr>
                  ))}
              </Table>
              <Untried agents={agents} />
              {unusable.map(({ agentId, reason }) => (
                <p key={agentId} class="muted">
                  {agentId} is left out: {withLocalTimes(reason)}
                </p>
              ))}
            </Panel>
          </>
        )}
      </Loaded>
    </>
  )
}

/** The knobs that no trial has changed yet, by agent. */
function Untried({ agents }: { agents: LearningView['agents'] }) {
  const untried = agents
    .map(({ agentId, worthTrying }) => ({
      agentId,
      knobs: new Set(worthTrying.filter(({ trials }) => trials === 0).map(({ knob }) => knob)),
    }))
    .filter(({ knobs }) => knobs.size > 0)
  if (untried.length === 0) return null
  return (
    <Table label="Knobs that were never tried" head={['Agent', 'Never tried']}>
      {untried.slice(0, 40).map(({ agentId, knobs }) => (
        <tr key={agentId}>
          <td>
            <a href={linkTo('agents', agentId)}>{agentId}</a>
          </td>
          <td>{[...knobs].join(', ')}</td>
        </tr>
      ))}
    </Table>
  )
}
