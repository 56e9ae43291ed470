import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import {
  buildDifferentialFlameGraph,
  buildFlameGraph,
  type DifferentialFlameGraphNode,
  type FlameGraphNode,
} from '../analysis/profiling/flame-graph.ts'
import { encodePprof } from '../analysis/profiling/pprof.ts'
import { buildProfileReport } from '../analysis/profiling/report.ts'
import { toSpeedscope } from '../analysis/profiling/speedscope.ts'
import type { PerformanceProfile, ProfileReport } from '../model/performance-profile.ts'
import {
  countPerformanceProfiles,
  findOtherArmProfile,
  findPreviousPerformanceProfile,
  getPerformanceProfile,
  listPerformanceProfiles,
} from '../store/performance-profiles.ts'
import type { ReadContext } from './context.ts'
import { type Page, readPage } from './list-extent.ts'

const usualLimit = 20

const flameChildren = z.array(z.any()).describe('The functions that this function called, with the same fields, largest first')
const flame = { name: z.string(), file: z.string().nullable(), line: z.int().nullable() }
export const flameSchema = z.object({
  ...flame,
  value: z.number().describe('Total cost of the function with everything it called, in the unit of the profile'),
  self: z.number().describe('The cost of the function itself'),
  children: flameChildren,
})
export const flameDifferenceSchema = z.object({
  ...flame,
  share: z.number().describe('Share of the profile (0–1) that the function took with everything it called'),
  shareBefore: z.number().describe('That share in the other profile'),
  self: z.number(),
  selfBefore: z.number(),
  children: flameChildren,
})

/** The newest profiles, newest first. @param target only of this agent, `optimizer:worker` or `workflow:…` */
export async function readProfiles(
  { db }: Pick<ReadContext, 'db'>,
  { target, limit = usualLimit }: { target?: string; limit?: number } = {},
): Promise<Page<PerformanceProfile>> {
  return await readPage(listPerformanceProfiles(db, limit, target), countPerformanceProfiles(db, target))
}

/** A profile with its hotspots in words. @throws OptimizerError `unknown-profile` */
export async function readProfileReport({ db }: Pick<ReadContext, 'db'>, id: number): Promise<ProfileReport> {
  const profile = await getPerformanceProfile(db, id)
  const [previous, otherArm] = await Promise.all([
    findPreviousPerformanceProfile(db, profile.record),
    findOtherArmProfile(db, profile.record),
  ])
  return buildProfileReport(profile, { previous, otherArm })
}

/** @throws OptimizerError `unknown-profile` */
export async function readFlameGraph({ db }: Pick<ReadContext, 'db'>, id: number): Promise<FlameGraphNode> {
  return buildFlameGraph((await getPerformanceProfile(db, id)).content)
}

/** The changes from one profile to another. @throws OptimizerError `unknown-profile` */
export async function readFlameDifference(
  { db }: Pick<ReadContext, 'db'>,
  id: number,
  beforeId: number,
): Promise<DifferentialFlameGraphNode> {
  const [before, after] = await Promise.all([getPerformanceProfile(db, beforeId), getPerformanceProfile(db, id)])
  return buildDifferentialFlameGraph(before.content, after.content)
}

/** A profile as a file that `go tool pprof` opens. @throws OptimizerError `unknown-profile` */
export async function exportPprof({ db }: Pick<ReadContext, 'db'>, id: number): Promise<Uint8Array<ArrayBuffer>> {
  const { record, content } = await getPerformanceProfile(db, id)
  return gzipSync(encodePprof(content, record.takenAt.getTime()))
}

/** A profile as a file that speedscope opens. @throws OptimizerError `unknown-profile` */
export async function exportSpeedscope({ db }: Pick<ReadContext, 'db'>, id: number) {
  const { record, content } = await getPerformanceProfile(db, id)
  const { target, instanceId, kind } = record
  return toSpeedscope(content, [target, instanceId, kind].filter((part) => part !== null).join(' '))
}
