import type { KnownInstance } from '../../store/instance-liveness.ts'

/** The settings that an instance was given. */
export interface DeliveredSettings {
  version: number
  /** The knobs that the instance declares decide which of its values it gets. */
  declarationId: number
  /** When they were delivered last; milliseconds since the epoch. */
  at: number
  /** When they were delivered first. */
  since: number
}

/** A way to deliver settings to instances without a client of the optimizer. */
export interface SettingsChannel {
  /** Whether it reaches an instance that is not running, which then starts with the delivered settings. */
  readonly isKept: boolean
  /**
   * Whether the settings of an instance must be delivered, for the first time or again.
   * @param given what it was given last
   * @param now milliseconds since the epoch
   */
  isDue(instance: KnownInstance, given: DeliveredSettings | undefined, now: number): boolean
  /**
   * Delivers the configuration assigned to an instance. Called repeatedly; settings that it already has are not delivered again.
   * @throws if that fails; the next call tries again
   */
  converge(instance: { agentId: string; instanceId: string }): Promise<void>
}
