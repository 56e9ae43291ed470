import { OptimizerError } from '../../model/errors.ts'
import { CallTree, createFrame, type Frame, type StackProfile } from '../../model/stack-profile.ts'

/**
 * The call tree of collapsed stacks, as profilers for flame graphs write them: on each line the functions from the outermost to the
 * innermost, separated by `;`, and after a space the value, here in microseconds or bytes. A function may name its place: `name (file:line)`.
 * @throws OptimizerError `invalid-profile` naming the first line that is none
 */
export function parseCollapsedStacks(text: string, unit: StackProfile['unit'], durationMs: number): StackProfile {
  const tree = new CallTree()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const space = line.trimEnd().lastIndexOf(' ')
    const value = Number(line.slice(space + 1))
    if (space < 1 || !(value >= 0) || value > Number.MAX_SAFE_INTEGER)
      throw new OptimizerError(
        'invalid-profile',
        `Line ${index + 1} of the profile is not a stack such as main;work (a.py:3) 1200.`,
      )
    tree.addStack(line.slice(0, space).split(';').map(parseFrame), value)
  }
  return { unit, durationMs, frames: tree.frames, nodes: tree.nodes }
}

function parseFrame(text: string): Frame {
  const placed = /^(.+) \((.+):(\d{1,9})\)$/.exec(text)
  return placed ? createFrame(placed[1]!, placed[2], Number(placed[3])) : createFrame(text)
}
