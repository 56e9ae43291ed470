import { useState } from 'preact/hooks'
import type { PerformanceProfile } from '../../src/model/performance-profile.ts'
import { FlameGraph, type FlameGraphNode } from '../charts/flame-graph.tsx'
import { Age, Empty, Loaded, Panel } from '../components/basics.tsx'
import { CommandButton } from '../components/command.tsx'
import { useResource } from '../live.ts'

/** The newest profiles of an agent as flame graphs. */
export function AgentProfiles({ agentId }: { agentId: string }) {
  const profiles = useResource<PerformanceProfile[]>(`/profiles?target=${encodeURIComponent(agentId)}&limit=6`, 10_000)
  const [chosen, setChosen] = useState<number | null>(null)
  const id = chosen ?? profiles.data?.[0]?.id ?? null
  const flame = useResource<FlameGraphNode>(id === null ? null : `/profiles/${id}/flame-graph`, 600_000)
  const take = {
    title: `Take a profile of ${agentId}?`,
    explanation:
      'Profiles one live instance for 10 seconds, or one instance of each arm if a trial is running. This slows the agent a little.',
    confirm: 'Take profile',
    send: ({ by, reason }: { by: string; reason: string }) => ({
      method: 'POST',
      path: '/profiles',
      body: { subject: { of: 'agent', agentId, kind: 'cpu', seconds: 10 }, by, reason },
    }),
    done: 'Profiling has started; the profile will appear here in about 15 seconds.',
  }
  return (
    <Panel title="Profiles" aside={<CommandButton command={take}>Take a profile…</CommandButton>}>
      <Loaded resource={profiles}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No profile has been taken">
              Take one, if the agent is connected over NATS; with enable_auto_profiling, one is taken when the agent degrades.
            </Empty>
          ) : (
            <>
              <fieldset class="chips" aria-label="Profiles">
                {list.map((profile) => (
                  <button key={profile.id} type="button" aria-pressed={profile.id === id} onClick={() => setChosen(profile.id)}>
                    {profile.kind} {profile.instanceId} {profile.arm && `(${profile.arm})`} <Age time={profile.takenAt} />
                  </button>
                ))}
              </fieldset>
              <Loaded resource={flame}>
                {(root) => <FlameGraph key={id ?? 0} root={root as FlameGraphNode} unit="profile" />}
              </Loaded>
            </>
          )
        }
      </Loaded>
    </Panel>
  )
}
