/** How a time is told to a person: ISO 8601 in UTC, to the second. */
export const formatTimestamp = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')
