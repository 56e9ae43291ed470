import type { IdentityView } from '../../src/reading/identity.ts'
import type { Json } from '../api.ts'
import { Badge, Loaded, Panel } from '../components/basics.tsx'
import { useResource } from '../live.ts'

/** The purpose of the optimizer, and how its traits change the plan. */
export function Identity() {
  const identity = useResource<IdentityView>('/identity', 30_000)
  return (
    <Panel title="Goals and traits" aside={<small class="muted">set under identity in the configuration</small>}>
      <Loaded resource={identity}>
        {({ goals, traits }) => (
          <>
            <p>
              <strong>{goals.primary}</strong>
              {goals.secondary.length > 0 && <span class="muted"> · {goals.secondary.join(' · ')}</span>}
            </p>
            <ul class="traits">
              {traits.map((trait) => (
                <Trait key={trait.name} trait={trait} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Trait({ trait: { name, value, usual, effect, now, usually } }: { trait: Json<IdentityView>['traits'][number] }) {
  return (
    <li>
      <div>
        <strong>{name}</strong> <span class="number">{value}</span>{' '}
        {value !== usual && <Badge tone="info">default {usual}</Badge>}
        <meter min={0} max={100} value={value} aria-label={`${name}: ${value} of 100`} />
      </div>
      <p>
        <span class="muted">{effect}.</span> Now {now}
        {now !== usually && <span class="muted">; by default {usually}</span>}.
      </p>
    </li>
  )
}
