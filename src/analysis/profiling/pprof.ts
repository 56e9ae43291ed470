/** pprof's format (https://github.com/google/pprof/blob/main/proto/profile.proto), without the gzip that its files have around it. */
import { Line, Location, Function as PprofFunction, Profile, Sample, StringTable, ValueType } from 'pprof-format'
import { OptimizerError } from '../../model/errors.ts'
import { CallTree, createFrame, type Frame, type StackProfile } from '../../model/stack-profile.ts'

const types = {
  microseconds: { type: 'cpu', unit: 'nanoseconds', perUnit: 1_000 },
  bytes: { type: 'alloc_space', unit: 'bytes', perUnit: 1 },
} as const

/** @param takenAt milliseconds since the epoch */
export function encodePprof({ unit, durationMs, frames, nodes }: StackProfile, takenAt: number): Uint8Array {
  const strings = new StringTable()
  const { type, unit: unitName, perUnit } = types[unit]
  const valueType = new ValueType({ type: strings.dedup(type), unit: strings.dedup(unitName) })
  const functions = frames.map(({ name, file, line }, index) => {
    const named = strings.dedup(name)
    return new PprofFunction({
      id: index + 1,
      name: named,
      systemName: named,
      filename: strings.dedup(file ?? ''),
      startLine: line ?? 0,
    })
  })
  const locations = frames.map(
    ({ line, hottestLine }, index) =>
      new Location({ id: index + 1, line: [new Line({ functionId: index + 1, line: hottestLine ?? line ?? 0 })] }),
  )
  // The innermost call comes first.
  const stackOf = (node: number): number[] => {
    const stack: number[] = []
    for (let index = node; index >= 0; index = nodes[index]![1]) stack.push(nodes[index]![0] + 1)
    return stack
  }
  const samples = nodes.flatMap(([, , self], node) =>
    self > 0 ? [new Sample({ locationId: stackOf(node), value: [Math.round(self * perUnit)] })] : [],
  )
  return new Profile({
    sampleType: [valueType],
    sample: samples,
    function: functions,
    location: locations,
    stringTable: strings,
    timeNanos: BigInt(Math.round(takenAt)) * 1_000_000n,
    durationNanos: BigInt(Math.round(durationMs)) * 1_000_000n,
    periodType: valueType,
    period: 1,
  }).encode()
}

/**
 * The call tree of a pprof profile that another tool made.
 * @throws OptimizerError `invalid-profile` if it is none, or has no value of the wanted kind
 */
export function decodePprof(bytes: Uint8Array, kind: 'cpu' | 'heap', durationMs: number): StackProfile {
  const { tree, unit } = readSafely(() => {
    const profile = Profile.decode(bytes)
    const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? ''
    const { index, unit, scale } = chooseValue(
      profile.sampleType.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
      kind,
    )
    const functions = new Map(profile.function.map((entry) => [String(entry.id), entry]))
    const frames = new Map(
      profile.location.map(({ id, line }) => [
        String(id),
        // Functions that were inlined come first.
        line.toReversed().map(({ functionId, line: at }): Frame => {
          const called = functions.get(String(functionId))
          const begins = Number(called?.startLine ?? 0)
          const frame = createFrame(text(called?.name ?? 0), text(called?.filename ?? 0) || null, begins || Number(at) || null)
          return begins > 0 && Number(at) > 0 ? { ...frame, hottestLine: Number(at) } : frame
        }),
      ]),
    )
    const tree = new CallTree()
    for (const { locationId, value } of profile.sample) {
      const stack = locationId.toReversed().flatMap((id) => frames.get(String(id)) ?? [])
      tree.addStack(stack, Math.max(0, Number(value[index] ?? 0) * scale))
    }
    return { tree, unit }
  })
  return { unit, durationMs, frames: tree.frames, nodes: tree.nodes }
}

const toMicroseconds: Record<string, number> = { nanoseconds: 1e-3, microseconds: 1, milliseconds: 1e3, seconds: 1e6 }

/** The index of the values that are of this kind, with their unit; of several, the last one, as pprof does. */
function chooseValue(
  sampleTypes: readonly { type: string; unit: string }[],
  kind: 'cpu' | 'heap',
): { index: number; unit: StackProfile['unit']; scale: number } {
  const fits = ({ type, unit }: { type: string; unit: string }) =>
    kind === 'cpu' ? unit in toMicroseconds : unit === 'bytes' && !type.startsWith('inuse')
  const index = sampleTypes.findLastIndex(fits)
  if (index < 0) {
    const offered = sampleTypes.map(({ type, unit }) => `${type} in ${unit}`).join(', ') || 'nothing'
    const wanted = kind === 'cpu' ? 'CPU time' : 'bytes allocated'
    throw new OptimizerError('invalid-profile', `The pprof profile has no ${wanted}; it has ${offered}.`)
  }
  const { unit } = sampleTypes[index]!
  return kind === 'cpu' ? { index, unit: 'microseconds', scale: toMicroseconds[unit]! } : { index, unit: 'bytes', scale: 1 }
}

/** The decoder fails in many ways on what is not a profile. */
function readSafely<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof OptimizerError) throw cause
    throw new OptimizerError('invalid-profile', 'The profile is not in pprof format.', { cause })
  }
}
