import { formatRatio, formatSignedImprovement } from '../../src/model/format.ts'
import type { PerformanceProfile } from '../../src/model/performance-profile.ts'
import { Panel, Table } from '../components/basics.tsx'
import { useResource } from '../live.ts'

interface Difference {
  name: string
  self: number
  selfBefore: number
  children: Difference[]
}

/** Where the candidate’s time differs from the control’s, if both were profiled during the trial. */
export function TrialProfiles({ agentId, trialId }: { agentId: string; trialId: string }) {
  const { data } = useResource<PerformanceProfile[]>(`/profiles?target=${encodeURIComponent(agentId)}&limit=20`, 15_000)
  const ofArm = (arm: string) =>
    data?.find((profile) => profile.trialId === trialId && profile.arm === arm && profile.kind === 'cpu')
  const [control, candidate] = [ofArm('control'), ofArm('candidate')]
  const path = control && candidate ? `/profiles/${candidate.id}/difference?before=${control.id}` : null
  const difference = useResource<Difference>(path, 600_000)
  if (!difference.data) return null
  const changes = sumByFunction(difference.data as Difference)
    .sort((a, b) => Math.abs(b.self - b.selfBefore) - Math.abs(a.self - a.selfBefore))
    .slice(0, 8)
  return (
    <Panel title="Where the candidate’s time differs" aside={<small class="muted">from profiles of both arms</small>}>
      <Table label="Functions whose share of the time changed" head={['Function', 'Control', 'Candidate', 'Difference']}>
        {changes.map(({ name, self, selfBefore }) => (
          <tr key={name}>
            <td>{name}</td>
            <td class="number">{formatRatio(selfBefore)}</td>
            <td class="number">{formatRatio(self)}</td>
            <td class={`number ${self < selfBefore ? 'good' : 'bad'}`}>
              {formatSignedImprovement({ kind: 'proportion' }, 100 * (self - selfBefore))}
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  )
}

/** The own shares of functions, wherever they are called from. */
function sumByFunction(root: Difference): { name: string; self: number; selfBefore: number }[] {
  const sums = new Map<string, { name: string; self: number; selfBefore: number }>()
  const add = ({ name, self, selfBefore, children }: Difference) => {
    const known = sums.get(name) ?? { name, self: 0, selfBefore: 0 }
    sums.set(name, { name, self: known.self + self, selfBefore: known.selfBefore + selfBefore })
    children.forEach(add)
  }
  add(root)
  return [...sums.values()]
}
