import { expect, test } from 'vitest'
import { formatActor } from '../../../src/api/access/guard.ts'

const tokenOf = (actor: string) => /\(([^()]*)\)$/.exec(actor)?.[1]

test('whatever name a request gives, the token that it came with is named', () => {
  for (const by of ['ada', 'a'.repeat(200), 'ada (admin)', 'ada: hello', 'ada set it'])
    expect(tokenOf(formatActor(by, 'dashboard'))).toBe('dashboard')
  expect(formatActor('a'.repeat(200), 't'.repeat(200)).length).toBeLessThanOrEqual(200)
  expect(formatActor('dashboard', 'dashboard')).toBe('dashboard')
})
