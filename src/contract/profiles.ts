/** The components to profile, and those that are left out. */

/** One profile to take. */
export type ProfileTarget =
  | {
      of: 'agent'
      agentId: string
      instanceId: string
      kind: 'cpu' | 'heap'
      seconds: number
      version: number | null
      /** The trial that is running on the agent, and the arm of the instance. */
      trialId: string | null
      arm: 'control' | 'candidate' | null
    }
  | { of: 'worker'; kind: 'cpu' | 'heap'; seconds: number }
  | { of: 'workflows'; type: string; hours: number }

/** A profile that is not taken, and why. */
export interface ProfileRefusal {
  code: string
  reason: string
}

/** A part of the fleet, in the order of the agents' ids. */
export interface ProfilePage {
  /** The agent before its first; missing for the first page. */
  after?: string | undefined
  /** Agents at most. */
  limit: number
}

/** The components to profile. */
export interface ProfilePlan {
  targets: ProfileTarget[]
  /** Agents that are left out, where everything is asked for. */
  refused: ProfileRefusal[]
  /** The `after` of the next page; missing on the last one. */
  next?: string
}
