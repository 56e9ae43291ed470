/** The time a supervisor waits for a process to stop. */
const graceMs = 8_000

/** Stops this process when its supervisor is killed; without a supervisor, does nothing. */
export function stopWithSupervisor(): void {
  if (process.connected === false) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), graceMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the process alive.
  process.channel?.unref()
}
