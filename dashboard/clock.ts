import { signal } from '@preact/signals'

/** The present, for ages and times to come; milliseconds since the epoch. */
export const now = signal(Date.now())

setInterval(() => {
  now.value = Date.now()
}, 1_000)
