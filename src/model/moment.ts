/** How a time is told to a person: ISO 8601 in UTC, to the second. */
export const moment = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')
