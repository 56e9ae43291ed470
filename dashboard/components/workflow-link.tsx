import type { ComponentChildren } from 'preact'
import { useSummary } from '../summary.ts'

/** A workflow in the Temporal UI; its id alone where there is no UI. */
export function WorkflowLink({ id, children = `${id} in the Temporal UI` }: { id: string; children?: ComponentChildren }) {
  const { data } = useSummary()
  return data?.temporalUi ? (
    <a href={`${data.temporalUi}/workflows/${encodeURIComponent(id)}`} target="_blank" rel="noreferrer" title={id}>
      {children}
    </a>
  ) : (
    <code>{id}</code>
  )
}
