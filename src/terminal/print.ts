/** Prints something formatted for people, or as JSON for programs. */
export function print<T>(report: T, format: (report: T) => string, json = false): void {
  console.log(json ? JSON.stringify(report, null, 2) : format(report))
}
