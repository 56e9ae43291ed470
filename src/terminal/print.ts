/** Prints a report for a person, or as JSON for a program. */
export function print<T>(report: T, format: (report: T) => string, json = false): void {
  console.log(json ? JSON.stringify(report, null, 2) : format(report))
}
