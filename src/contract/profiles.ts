/** What is profiled, and what is not. */

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
