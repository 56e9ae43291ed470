/** A proposal from one agent to another. */
export type Proposal = { id: string; from: string } & (
  | {
      type: 'signal'
      symbol: string
      direction: 1 | -1
      price: number
      /** Missing if the proposal is only a headline. */
      confidence?: number
      /** The evidence for the signal, so that the other side can judge for itself. */
      evidence?: { direction: 1 | -1; reliability: number }[]
      /** Second round after a conflict. */
      insists?: boolean
    }
  | { type: 'trade'; symbol: string; notional: number }
  | { type: 'narrative'; symbol: string; theme: string; support: number }
  | { type: 'allocation'; share: number; basedOn: number }
)
export type Signal = Extract<Proposal, { type: 'signal' }>

/** `conflict`: it contradicts something already agreed; the proposer may insist once. */
export interface Answer {
  verdict: 'agreed' | 'rejected' | 'conflict'
  reason: string
}

export const agreed: Answer = { verdict: 'agreed', reason: 'agreed' }
export const rejected = (reason: string): Answer => ({ verdict: 'rejected', reason })
