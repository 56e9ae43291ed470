/** As long as a supervisor waits for a process that it stops. */
const graceMs = 8_000

/** A process whose supervisor was killed stops as if it had been told to; without a supervisor nothing changes. */
export function stopWithSupervisor(): void {
  if (process.connected === false) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), graceMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the process alive.
  process.channel?.unref()
}
