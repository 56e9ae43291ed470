/** Profiles this process with V8's own sampling profilers, through `node:inspector`. */
import { setTimeout as delay } from 'node:timers/promises'
import { OptimizerError } from '../model/errors.ts'
import { pruneCallTree, type StackProfile } from '../model/stack-profile.ts'
import { convertCpuProfile } from './cpu-profile.ts'
import { convertHeapProfile } from './heap-profile.ts'

export interface ProfileOptions {
  kind: 'cpu' | 'heap'
  durationMs: number
  /** Ends the profile early; nothing is returned then. */
  signal?: AbortSignal
}

/**
 * Microseconds between two samples of the CPU. Within 10 seconds, 200 a second name a function's share of 40 % within 2.2 points (two standard
 * errors); 500 a second cost several times as much, most of it in V8's thread that takes them.
 */
const cpuIntervalUs = 5_000
/** Bytes allocated between two samples, on average. */
const heapIntervalBytes = 128 * 1024
/** A call tree of that many nodes fits into a message of NATS, which carries 1 MB by default. */
const maxNodes = 3_000

/**
 * Starting and stopping hold the program up, longer the more code it has. A profile lasts longer than requested if the overhead would otherwise be too
 * large a share of its time, but not so long that the caller gives up.
 */
const maxHeldUpRatio = 0.03
/** Maximum time by which a profile exceeds its requested duration. */
export const maxExtraMs = 8_000

let isRunning = false

/**
 * Profiles this process for a time: the CPU time of its main thread, or the memory it allocates. Waiting is not part of a CPU profile. It
 * lasts longer if it would otherwise cost too much.
 * @throws OptimizerError `profile-busy` while another profile is being taken, `profiling-unsupported` if the runtime cannot
 */
export async function profileProcess(options: ProfileOptions): Promise<StackProfile> {
  if (isRunning)
    throw new OptimizerError('profile-busy', 'Another profile of this process is being taken; try again when it is finished.')
  isRunning = true
  try {
    return options.kind === 'cpu' ? await profileCpu(options) : await profileHeap(options)
  } finally {
    isRunning = false
  }
}

async function profileCpu(options: ProfileOptions): Promise<StackProfile> {
  return await inSession(options, async ({ session, holdUp, sample }) => {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs })
    await holdUp(() => session.post('Profiler.start'))
    await sample()
    return await holdUp(async () => convertCpuProfile((await session.post('Profiler.stop')).profile, process.cwd()))
  })
}

async function profileHeap(options: ProfileOptions): Promise<StackProfile> {
  const from = performance.now()
  return await inSession(options, async ({ session, holdUp, sample }) => {
    await session.post('HeapProfiler.enable')
    const includeCollected = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
    const sampling = { samplingInterval: heapIntervalBytes, ...includeCollected }
    await holdUp(() => session.post('HeapProfiler.startSampling', sampling as object))
    await sample()
    return await holdUp(async () => {
      const { profile } = await session.post('HeapProfiler.stopSampling')
      return convertHeapProfile(profile, process.cwd(), performance.now() - from)
    })
  })
}

type Session = InstanceType<typeof import('node:inspector/promises').Session>

interface Recording {
  session: Session
  /** Adds the CPU time that something takes to the time for which the program was held up; on a busy machine it takes longer anyway. */
  holdUp<T>(work: () => Promise<T>): Promise<T>
  /** Waits while the profiler takes its samples. */
  sample(): Promise<void>
}

async function inSession(
  { durationMs, signal }: ProfileOptions,
  work: (recording: Recording) => Promise<StackProfile>,
): Promise<StackProfile> {
  const session = await openSession()
  let heldUpMs = 0
  const holdUp: Recording['holdUp'] = async (step) => {
    const from = readCpuMs()
    const result = await step()
    heldUpMs += readCpuMs() - from
    return result
  }
  const sample: Recording['sample'] = async () => {
    // Stopping takes about as long as starting.
    const enoughMs = Math.min((2 * heldUpMs) / maxHeldUpRatio, durationMs + maxExtraMs)
    await delay(Math.max(durationMs, enoughMs), undefined, { signal, ref: false })
  }
  try {
    const profile = await work({ session, holdUp, sample })
    const { frames, nodes } = pruneCallTree(profile, maxNodes)
    const overheadPercent = profile.durationMs > 0 ? (100 * heldUpMs) / profile.durationMs : 0
    return { ...profile, frames, nodes, overheadPercent }
  } finally {
    // Ends a profile that was not stopped, too.
    session.disconnect()
  }
}

/** The CPU time of this thread, or of the process where Node is too old to know that of the thread. */
function readCpuMs(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1_000
}

async function openSession(): Promise<Session> {
  try {
    const { Session } = await import('node:inspector/promises')
    const session = new Session()
    session.connect()
    return session
  } catch (cause) {
    throw new OptimizerError('profiling-unsupported', 'This runtime has no profiler (node:inspector); run the agent on Node.', {
      cause,
    })
  }
}
