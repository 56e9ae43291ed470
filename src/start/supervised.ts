/** How long a supervisor waits for a process of the optimizer to stop. */
export const supervisedStopMs = 8_000

/** Stops this process when its supervisor is killed; without a supervisor, does nothing. */
export function stopWithSupervisor(): void {
  if (process.connected === false) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), supervisedStopMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the process alive.
  process.channel?.unref()
}
