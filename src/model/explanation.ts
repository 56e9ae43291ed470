/** One question a person has, and its answer in plain sentences. */
export interface Section {
  title: string
  sentences: string[]
}

/** What people are told about a trial or an agent. */
export interface Explanation {
  about: 'trial' | 'agent'
  /** A strategy's id, which is its trial's too, or an agent's. */
  id: string
  /** One sentence. */
  summary: string
  sections: Section[]
  /** The command that undoes it; null where there is nothing to undo. */
  undo: string | null
}
