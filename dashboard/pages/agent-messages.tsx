import { formatMs, formatRatio } from '../../src/model/format.ts'
import type { AgentMetrics } from '../../src/reading/metrics.ts'
import { Loaded, Panel, Table } from '../components/basics.tsx'
import { useResource } from '../live.ts'

/** The messages that an agent sends to each other agent; nothing for one that sends none. */
export function AgentMessages({ agentId }: { agentId: string }) {
  const metrics = useResource<AgentMetrics>(`/agents/${encodeURIComponent(agentId)}/metrics`, 15_000)
  return (
    <Loaded resource={metrics}>
      {({ sends }) =>
        sends.length > 0 && (
          <Panel title="Messages it sends">
            <Table
              label="Messages by receiver"
              head={['To', 'In 10 minutes', 'Not delivered', 'Share delivered', 'Latency', 'Negotiations agreed']}
            >
              {sends.map(({ to, messages, failed, deliveredRatio, latencyMs, negotiations, agreed }) => (
                <tr key={to}>
                  <td>{to}</td>
                  <td class="number">{messages}</td>
                  <td class="number">{failed}</td>
                  <td class="number">{formatRatio(deliveredRatio)}</td>
                  <td class="number">{latencyMs === null ? '–' : formatMs(latencyMs)}</td>
                  <td class="number">{negotiations === 0 ? '–' : `${agreed} of ${negotiations}`}</td>
                </tr>
              ))}
            </Table>
          </Panel>
        )
      }
    </Loaded>
  )
}
