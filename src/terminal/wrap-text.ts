import { stripVTControlCharacters } from 'node:util'
import { getTerminalWidth } from './table.ts'

/** Lines of tables and charts fit already, and must not be wrapped. */
const drawn = /[\u2500-\u259f]/
/** Extra indent of continuation lines. */
const hanging = 2

/**
 * Wraps long lines between words; a word is never broken.
 * @param width columns; by default those of the terminal, of `COLUMNS`, or 80
 */
export const wrapText = (text: string, width = getTerminalWidth()): string =>
  text
    .split('\n')
    .flatMap((line) => (lengthOf(line) <= width || drawn.test(line) ? [line] : wrapLine(line, width)))
    .join('\n')

function wrapLine(line: string, width: number): string[] {
  const indent = /^ */.exec(line)![0]
  const lines = ['']
  for (const word of line.trimStart().split(' ')) {
    const last = lines.at(-1)!
    const start = indent.length + (lines.length > 1 ? hanging : 0)
    if (last === '' || start + lengthOf(`${last} ${word}`) <= width)
      lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((each, index) => indent + ' '.repeat(index > 0 ? hanging : 0) + each)
}

const lengthOf = (text: string) => stripVTControlCharacters(text).length
