/** How long a supervisor waits for a process of the optimizer to stop. */
export const supervisedStopMs = 8_000

/** A process whose supervisor was killed stops as if it had been told to; without a supervisor nothing changes. */
export function stopWithSupervisor(): void {
  if (process.connected === false) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), supervisedStopMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the process alive.
  process.channel?.unref()
}
