import type { Runtime } from 'node:inspector'
import { fileURLToPath } from 'node:url'
import { createFrame, type Frame } from '../model/stack-profile.ts'

/** The frame of V8's call frame; a file within `root` is named from there. V8 counts lines from 0. */
export function toFrame({ functionName, url, lineNumber }: Runtime.CallFrame, root: string): Frame {
  if (!url) return createFrame(functionName)
  return createFrame(functionName, nameFile(url, root), lineNumber >= 0 ? lineNumber + 1 : null)
}

function nameFile(url: string, root: string): string {
  const path = url.startsWith('file://') ? toPath(url) : url
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}

/** Anything may name itself with `sourceURL`. */
function toPath(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
