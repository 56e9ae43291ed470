import { expect, test } from 'vitest'
import { joinActor } from '../../../src/api/access/guard.ts'
import { findRollBackRequester, formatRollBackReason } from '../../../src/model/commands.ts'

const tokenOf = (actor: string) => /\(([^()]*)\)$/.exec(actor)?.[1]

test('whatever name a request gives, the token that it came with is named', () => {
  for (const by of ['ada', 'a'.repeat(200), 'ada (admin)', 'ada: hello', 'ada set it'])
    expect(tokenOf(joinActor(by, 'dashboard'))).toBe('dashboard')
  expect(joinActor('a'.repeat(200), 't'.repeat(200)).length).toBeLessThanOrEqual(200)
  expect(joinActor('dashboard', 'dashboard')).toBe('dashboard')
})

test('who asked for a roll-back is found in its reason with the token, whatever the name imitates', () => {
  for (const name of ['bob: a complaint', 'bob; requested by ada', 'bob set x']) {
    const by = joinActor(name, 'dashboard')
    expect(findRollBackRequester(formatRollBackReason({ by, why: 'slow: very' }))).toBe(by)
  }
})
