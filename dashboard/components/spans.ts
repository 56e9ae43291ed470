/** The spans of time up to now that lists are filtered by. */
const minuteMs = 60_000
const spans: Record<string, { title: string; minutes: number }> = {
  hour: { title: 'Last hour', minutes: 60 },
  day: { title: 'Last day', minutes: 1_440 },
  week: { title: 'Last week', minutes: 10_080 },
}

/** The choices, as chips. */
export const spanOptions: [value: string, title: string][] = [
  ['', 'Any time'],
  ...Object.entries(spans).map(([name, { title }]): [string, string] => [name, title]),
]

/** When a span began, rounded to the minute so that a list does not change at every moment; undefined for any time. */
export function getSpanStart(span: string): string | undefined {
  const found = spans[span]
  return found && new Date((Math.floor(Date.now() / minuteMs) - found.minutes) * minuteMs).toISOString()
}
