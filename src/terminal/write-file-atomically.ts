import { rmSync, statSync, writeFileSync } from 'node:fs'
import { OptimizerError } from '../model/errors.ts'

/** Writes a file completely or not at all; a partly written file is removed. @throws OptimizerError `not-written` */
export function writeFileAtomically(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const isDiskFull = code === 'ENOSPC'
    if (isDiskFull && statSync(file, { throwIfNoEntry: false })?.isFile()) rmSync(file)
    const reason = isDiskFull ? 'the disk is full' : message
    throw new OptimizerError('not-written', `${file} cannot be written (${reason}); choose another path.`, { cause })
  }
}
