/** How long a supervisor waits for a process of the optimizer to stop. */
export const supervisedStopMs = 8_000

/** Stops this process when its supervisor is killed; without a supervisor, does nothing. */
export function stopWhenSupervisorEnds(): void {
  if (process.connected === false) process.exit()
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), supervisedStopMs).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening alone must not keep the process alive.
  process.channel?.unref()
}

/** Tells the supervisor, if there is one, that this process works. */
export function announceReady(): void {
  if (process.connected) process.send?.('ready')
}

const npmCheckMs = 500

/** Calls `stop` once npm, which started this process, is gone, since npm does not pass on every signal; without npm, does nothing. */
export function stopWhenNpmEnds(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const npm = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(watch)
    stop()
  }, npmCheckMs)
  watch.unref()
}
