import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { limitsSchema } from '../../src/model/limits.ts'
import type { System } from './system.ts'

/** Writes the limits file of a system, as its operator would; `null` removes it. */
export function writeLimits({ dataDir }: System, limits: z.input<typeof limitsSchema> | string | null): void {
  const file = join(dataDir, 'limits.json')
  if (limits === null) rmSync(file, { force: true })
  else writeFileSync(file, typeof limits === 'string' ? limits : JSON.stringify(limits))
}
