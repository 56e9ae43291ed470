/** The permissions of the reader, by the token. */
import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useResource } from './live.ts'

/** Why the reader cannot give commands; undefined if they can, or if that is not known yet. */
export const refusal = signal<string | undefined>(undefined)

/** Keeps it current; for one place of the page. */
export function useAccess(): void {
  const { data } = useResource<{ name: string | null; role: string }>('/access', 30_000)
  useEffect(() => {
    const isViewer = data?.role === 'viewer'
    refusal.value = isViewer ? `Commands need a token with the operator role; ${data.name} has the viewer role.` : undefined
  }, [data?.role, data?.name])
}
