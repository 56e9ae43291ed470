import { formatDuration, formatRatio } from '../../model/format.ts'
import type { Hotspot, PerformanceProfile, ProfileKind, ProfileReport } from '../../model/performance-profile.ts'
import { createFunctionIdentifier, type Frame, type StackProfile } from '../../model/stack-profile.ts'
import { computeFunctionShares, type FunctionShare } from './functions.ts'

const maxHotspots = 10
const minRatio = 0.01
/** A smaller difference is within the noise of sampling. */
const minChangePoints = 1

export interface RecordedProfile {
  record: PerformanceProfile
  content: StackProfile
}

/**
 * A profile with its hotspots in words.
 * @param previous the previous profile of the same target and kind
 * @param otherArm the profile of the other arm of the same trial, taken by the same request
 */
export function buildProfileReport(
  { record, content }: RecordedProfile,
  { previous, otherArm }: { previous?: RecordedProfile; otherArm?: RecordedProfile } = {},
): ProfileReport {
  const keyOf = createFunctionIdentifier([content, ...[previous, otherArm].flatMap((profile) => profile?.content ?? [])])
  const before = previous && computeFunctionShares(previous.content, keyOf)
  const other = otherArm && computeFunctionShares(otherArm.content, keyOf)
  const hotspots = [...computeFunctionShares(content, keyOf)]
    .filter(([, { selfRatio }]) => selfRatio >= minRatio)
    .sort(([, a], [, b]) => b.selfRatio - a.selfRatio)
    .slice(0, maxHotspots)
    .map(([key, share]) => {
      const changePoints = before ? toPoints(share.selfRatio - (before.get(key)?.selfRatio ?? 0)) : null
      const otherArmPoints = other ? toPoints(share.selfRatio - (other.get(key)?.selfRatio ?? 0)) : null
      return describeHotspot(share, record, { changePoints, otherArmPoints, previous, otherArm })
    })
  const total = content.nodes.reduce((sum, [, , self]) => sum + self, 0)
  return {
    ...record,
    durationMs: content.durationMs,
    unit: content.unit,
    total,
    overheadPercent: content.overheadPercent ?? null,
    previousId: previous?.record.id ?? null,
    otherArmId: otherArm?.record.id ?? null,
    summary: summarize(record, content, total, hotspots),
    hotspots,
  }
}

function describeHotspot(
  { frame, selfRatio, totalRatio }: FunctionShare,
  { kind, arm }: PerformanceProfile,
  compared: Pick<Hotspot, 'changePoints' | 'otherArmPoints'> & { previous?: RecordedProfile; otherArm?: RecordedProfile },
): Hotspot {
  const { changePoints, otherArmPoints, previous, otherArm } = compared
  const parts = [
    `${formatFrame(frame)} took ${formatRatio(selfRatio)} of ${wholes[kind]}`,
    ...describeTotal(selfRatio, totalRatio),
    ...describeChange(changePoints, `in the previous profile (${previous?.record.id})`),
    ...describeChange(
      otherArmPoints,
      `in the ${arm === 'candidate' ? 'control' : 'candidate'} arm (profile ${otherArm?.record.id})`,
    ),
  ]
  return {
    function: frame.name,
    file: frame.file,
    line: frame.line,
    hottestLine: frame.hottestLine ?? null,
    sharePercent: toPoints(selfRatio),
    totalPercent: toPoints(totalRatio),
    changePoints,
    otherArmPoints,
    text: `${parts.join(', ')}.`,
  }
}

const wholes: Record<ProfileKind, string> = {
  cpu: 'the CPU time',
  heap: 'the memory allocated',
  workflow: 'the workflow time',
}

/** "findDuplicates (src/agent.ts:41, mostly line 44)" */
export function formatFrame({ name, file, line, hottestLine }: Frame): string {
  if (file === null) return name
  const mostly = hottestLine !== undefined && hottestLine !== line ? `, mostly line ${hottestLine}` : ''
  return `${name} (${file}${line === null ? '' : `:${line}`}${mostly})`
}

const describeTotal = (self: number, total: number) =>
  total - self >= minRatio ? [`${formatRatio(total)} including callees`] : []

function describeChange(points: number | null, where: string): string[] {
  if (points === null) return []
  if (Math.abs(points) < minChangePoints) return [`about as much as ${where}`]
  return [`${Math.abs(points).toFixed(1)} points ${points > 0 ? 'more' : 'less'} than ${where}`]
}

function summarize(
  { kind, target }: PerformanceProfile,
  { durationMs }: StackProfile,
  total: number,
  hotspots: Hotspot[],
): string {
  const [first] = hotspots
  if (!first) return `${target} ${nothing[kind]} within ${formatDuration(durationMs)}.`
  const measures: Record<ProfileKind, string> = {
    cpu: `used ${formatRatio(total / 1_000 / Math.max(durationMs, 1))} of one CPU core within ${formatDuration(durationMs)}`,
    heap: `allocated ${(total / 1_048_576).toFixed(1)} MB within ${formatDuration(durationMs)}`,
    workflow: `took ${formatDuration(total / 1_000)} in runs from the last ${formatDuration(durationMs)}`,
  }
  return `${target} ${measures[kind]}. ${first.text}`
}

const nothing: Record<ProfileKind, string> = {
  cpu: 'used no CPU time',
  heap: 'allocated nothing that was sampled',
  workflow: 'had no runs',
}

const toPoints = (ratio: number) => Math.round(ratio * 1_000) / 10
