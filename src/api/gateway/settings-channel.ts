/** A way to give instances their settings that have no client of the optimizer. */
export interface SettingsChannel {
  /** Whether it reaches an instance that does not run: it finds there what it starts with. */
  readonly isKept: boolean
  /**
   * Has the instance get the configuration assigned to it. Called again and again; what it has already is not given again.
   * @throws if that fails; the next call tries again
   */
  converge(instance: { agentId: string; instanceId: string }): Promise<void>
}
