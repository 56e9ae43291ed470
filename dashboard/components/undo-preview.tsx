import { useEffect, useState } from 'preact/hooks'
import type { undo } from '../../src/client/undo.ts'
import { formatChange } from '../../src/model/format.ts'
import type { UndoTarget } from '../../src/model/undo.ts'
import type { PlannedUndo } from '../../src/reading/plan-undo.ts'
import { type ApiError, type Json, post } from '../api.ts'
import { withLocalTimes } from '../format.ts'

export interface UndoPreview {
  planned?: Json<PlannedUndo>[]
  error?: string
}

/** The values that an undo would restore, from a dry run; empty until it answers, and for a command that undoes nothing. */
export function useUndoPreview(target: UndoTarget | undefined): UndoPreview {
  const [foreseen, setForeseen] = useState<UndoPreview>({})
  useEffect(() => {
    if (!target) return
    post<Awaited<ReturnType<typeof undo>>>('/undo', { target, by: 'dashboard', dryRun: true }).then(
      ({ planned }) => setForeseen({ planned }),
      ({ message }: ApiError) => setForeseen({ error: message }),
    )
  }, [])
  return foreseen
}

const changesAnything = ({ planned }: UndoPreview) => planned?.some(({ changes }) => changes.length > 0) ?? false

/** Whether an undo is known to do nothing. */
export const hasNoEffect = ({ planned }: UndoPreview) => planned?.every(({ already }) => already) ?? false

/** The exact values that will be restored, and those that will stay, with the reason. */
export function PlannedChanges({ foreseen }: { foreseen: UndoPreview }) {
  const { planned, error } = foreseen
  if (error)
    return (
      <p class="error" role="alert">
        {error}
      </p>
    )
  if (!planned) return <p class="muted">Loading what will be restored…</p>
  return (
    <>
      {!changesAnything(foreseen) && <p>All values are already in force, so nothing will be restored.</p>}
      {planned.map(({ agentId, changes, issues }) => (
        <div key={agentId}>
          {changes.length > 0 && <p>Every instance of {agentId} gets:</p>}
          <ul>
            {changes.map((change) => (
              <li key={change.knob}>{formatChange(change)}</li>
            ))}
            {issues.map((issue) => (
              <li key={issue} class="muted">
                {withLocalTimes(issue)}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  )
}
