/** A question that a user has, and its answer in plain sentences. */
export interface Section {
  title: string
  sentences: string[]
}

/** A reason why something may not be tried now. */
export interface Restriction {
  /** A stable code for programs, listed in docs/what-may-run.md. */
  code: string
  reason: string
  /** ISO 8601; null if unknown. */
  until: string | null
  /** Null if it applies to the whole agent or fleet. */
  knob: string | null
}

/** An explanation of a trial or an agent for people. */
export interface Explanation {
  about: 'trial' | 'agent'
  /** The id of a strategy, which is also its trial's, or of an agent. */
  id: string
  /** One sentence. */
  summary: string
  sections: Section[]
  /** For an agent: why it or one of its knobs may not be tried now, by the rules that the planner and the admission of a trial use. */
  restrictions?: Restriction[]
  /** The command that undoes it; null if there is nothing to undo. */
  undo: string | null
}
