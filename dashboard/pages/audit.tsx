import { Age, Empty, Loaded, PageTitle, Table } from '../components/basics.tsx'
import { useResource } from '../live.ts'

/** An entry as any version of the route gives it. */
type Entry = Record<string, unknown>

const text = (value: unknown) =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** Who decided what, when and why. */
export function AuditPage() {
  const audit = useResource<Entry[]>('/audit', 8_000)
  return (
    <>
      <PageTitle title="Audit" />
      <Loaded resource={audit}>
        {(list) => {
          const [first] = list
          if (!first) return <Empty title="Nothing is on record yet" />
          const columns = Object.keys(first).filter((name) => name !== 'id')
          return (
            <Table label="Audit" head={columns}>
              {list.map((entry, index) => (
                <tr key={text(entry.id) || index}>
                  {columns.map((name) => (
                    <td key={name}>
                      {/^at$|At$/.test(name) && typeof entry[name] === 'string' ? <Age time={entry[name]} /> : text(entry[name])}
                    </td>
                  ))}
                </tr>
              ))}
            </Table>
          )
        }}
      </Loaded>
    </>
  )
}
