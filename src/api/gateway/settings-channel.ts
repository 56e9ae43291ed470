/** A way to deliver settings to instances without a client of the optimizer. */
export interface SettingsChannel {
  /** Whether it reaches an instance that is not running, which then starts with the delivered settings. */
  readonly isKept: boolean
  /**
   * Delivers the configuration assigned to an instance. Called repeatedly; settings that it already has are not delivered again.
   * @throws if that fails; the next call tries again
   */
  converge(instance: { agentId: string; instanceId: string }): Promise<void>
}
