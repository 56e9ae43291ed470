import { formatTruncation } from '../model/format.ts'
import { wrapText } from './wrap-text.ts'

/** Prints something formatted for people, or as JSON for programs. */
export function print<T>(report: T, format: (report: T) => string, json = false): void {
  console.log(json ? JSON.stringify(report, null, 2) : wrapText(format(report)))
}

/** Prints a message for a person. */
export const printMessage = (text: string): void => console.log(wrapText(text))

/** Prints a list for people, or its entries as JSON; with JSON, a note on standard error says if the list was cut off. */
export function printItems<T>(
  page: { items: T[]; total: number },
  format: (page: { items: T[]; total: number }) => string,
  { noun, json = false }: { noun: string; json?: boolean | undefined },
): void {
  print(page.items, () => format(page), json)
  if (json) for (const line of formatTruncation(page.items.length, page.total, noun)) console.error(line)
}

/** Prints a list; an empty list reads differently if a filter was used. */
export function printList<T extends { total: number }>(
  page: T,
  format: (page: T) => string,
  { json = false, isFiltered }: { json?: boolean | undefined; isFiltered: boolean },
): void {
  print(page, isFiltered && page.total === 0 ? () => 'Nothing matches.' : format, json)
}
