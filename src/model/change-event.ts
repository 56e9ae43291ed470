/** Something that happened and may have changed a metric. */
export interface ChangeEvent {
  kind: 'configuration' | 'deploy' | 'restart' | 'alert'
  /** Milliseconds since the epoch. */
  at: number
  /** The agent, host or dependency that it concerns; undefined if it concerns all. */
  component?: string
  /** For people: "version 12", "release 3.1". */
  description: string
}
