import { signal } from '@preact/signals'

/** The current time, for ages and future times; milliseconds since the epoch. */
export const now = signal(Date.now())

setInterval(() => {
  now.value = Date.now()
}, 1_000)
