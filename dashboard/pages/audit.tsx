import { useState } from 'preact/hooks'
import type { AuditPage as AuditEntries } from '../../src/model/audit.ts'
import { Age, Empty, Loaded, PageTitle, Table } from '../components/basics.tsx'
import { useResource } from '../live.ts'

/** Entries shown at first, and at most. */
const few = 100
const most = 1_000

/** Who decided or did what, when and why. */
export function AuditPage() {
  const [limit, setLimit] = useState(few)
  const audit = useResource<AuditEntries>(`/audit?limit=${limit}`, 8_000)
  return (
    <>
      <PageTitle title="Audit" />
      <Loaded resource={audit}>
        {({ entries, next }) =>
          entries.length === 0 ? (
            <Empty title="Nothing is on record yet" />
          ) : (
            <>
              <Table label="Audit" head={['When', 'Who', 'What', 'To what', 'Why', 'Because of']}>
                {entries.map(({ id, at, actor, action, subject, reason, cause, detail }) => (
                  <tr key={id}>
                    <td>
                      <Age time={at} />
                    </td>
                    <td>{actor}</td>
                    <td>
                      <code title={detail == null ? undefined : JSON.stringify(detail)}>{action}</code>
                    </td>
                    <td>{subject}</td>
                    <td>{reason}</td>
                    <td>{cause}</td>
                  </tr>
                ))}
              </Table>
              {next !== null && limit < most && (
                <button type="button" onClick={() => setLimit(most)}>
                  Show older ones
                </button>
              )}
              {next !== null && limit === most && (
                <p class="muted">Older ones are shown by npx optimizer audit, and by GET /api/audit.</p>
              )}
            </>
          )
        }
      </Loaded>
    </>
  )
}
