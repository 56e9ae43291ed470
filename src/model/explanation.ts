/** One question a person has, and its answer in plain sentences. */
export interface Section {
  title: string
  sentences: string[]
}

/** Why something may not be tried at present. */
export interface Restriction {
  /** Stable, for programs; docs/what-may-run.md lists them. */
  code: string
  reason: string
  /** ISO 8601; null where nobody knows. */
  until: string | null
  /** Null where it is about the agent or the fleet. */
  knob: string | null
}

/** What people are told about a trial or an agent. */
export interface Explanation {
  about: 'trial' | 'agent'
  /** A strategy's id, which is its trial's too, or an agent's. */
  id: string
  /** One sentence. */
  summary: string
  sections: Section[]
  /** Of an agent: why something is not tried on it or on one of its knobs at present, as the planner and the admission of a trial decide. */
  restrictions?: Restriction[]
  /** The command that undoes it; null where there is nothing to undo. */
  undo: string | null
}
