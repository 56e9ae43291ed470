import type { StackProfile } from '../../model/stack-profile.ts'

/** A profile in the file format of speedscope (https://www.speedscope.app/file-format-schema.json). */
export function toSpeedscope({ unit, frames, nodes }: StackProfile, name: string) {
  const stacks: number[][] = []
  for (const [frame, parent] of nodes) stacks.push([...(parent < 0 ? [] : stacks[parent]!), frame])
  const seen = nodes.flatMap(([, , self], index) => (self > 0 ? [{ stack: stacks[index]!, self }] : []))
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'performance-optimizer',
    name,
    activeProfileIndex: 0,
    shared: {
      frames: frames.map((frame) => ({
        name: frame.name,
        ...(frame.file !== null && { file: frame.file }),
        ...(frame.line !== null && { line: frame.line }),
      })),
    },
    profiles: [
      {
        type: 'sampled' as const,
        name,
        unit,
        startValue: 0,
        endValue: seen.reduce((sum, { self }) => sum + self, 0),
        samples: seen.map(({ stack }) => stack),
        weights: seen.map(({ self }) => self),
      },
    ],
  }
}
