import { createLogUpdate } from 'log-update'

const width = 30

/** Shows progress on standard error, if that is a terminal. */
export function createProgressBar(stream: NodeJS.WriteStream = process.stderr) {
  const draw = stream.isTTY ? createLogUpdate(stream) : undefined
  return {
    update: (name: string, done: number, total: number) => draw?.(renderProgress(name, done, total)),
    /** Removes the bar. */
    end: () => draw?.clear(),
  }
}

/** "trades ███████░░░ 7,000 of 10,000" */
export function renderProgress(name: string, done: number, total: number): string {
  const filled = Math.round((width * Math.min(done, total)) / Math.max(1, total))
  const count = (value: number) => value.toLocaleString('en')
  return `${name} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${count(done)} of ${count(total)}`
}
