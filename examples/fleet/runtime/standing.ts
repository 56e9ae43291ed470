/** The strategic orchestrator's trust in an agent, 0–1. */
export interface Standing {
  reputation: number
  autonomy: number
}

/** As in document 002. */
export const initialStanding: Standing = { reputation: 0.7, autonomy: 0.85 }
