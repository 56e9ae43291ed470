/** A simulated service, and a fault of it. */

export type FaultKind = 'cpu' | 'memory' | 'disk' | 'delay' | 'loss' | 'config'

export interface Service {
  name: string
  calls: { callee: Service; perCall: number; waits: boolean }[]
  /** Time of its own work in a call, milliseconds, when nobody waits for a processor. */
  ownMs: number
  /** Share of its processors that the usual load keeps busy. */
  utilization: number
  memoryMb: number
  errorRate: number
  diskPerCall: number
}

/** Changes at one moment; a fault that has not begun changes nothing. */
export interface Disturbance {
  /** Added to the share of processors that are busy. */
  utilization: number
  /** Factor of the time of its own work. */
  slowness: number
  /** Milliseconds added to each message that it sends. */
  delayMs: number
  /** Whether its own response time includes that delay, as measured at its door, or only that of its callers. */
  delaySeen: 0 | 1
  errorRate: number
  memoryFactor: number
  diskFactor: number
  /** Factor of the calls that it makes. */
  callFactor: number
}

export const undisturbed: Disturbance = {
  utilization: 0,
  slowness: 1,
  delayMs: 0,
  delaySeen: 0,
  errorRate: 0,
  memoryFactor: 1,
  diskFactor: 1,
  callFactor: 1,
}

export interface Fault {
  service: Service
  at(step: number): Disturbance
}
