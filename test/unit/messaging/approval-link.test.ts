import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildApprovalLink, verifyApprovalLink } from '../../../src/messaging/approval-link.ts'

const slack = { publicUrl: 'https://optimizer.example.com/', secret: 'at-least-32-characters-for-the-links' }
const until = Date.UTC(2026, 10, 21, 11)
const parse = (link: string) => {
  const { pathname, searchParams } = new URL(link)
  return {
    trialId: decodeURIComponent(pathname.replace('/approve/', '')),
    until: Number(searchParams.get('until')),
    signature: searchParams.get('signature')!,
  }
}

test('a link is valid until it expires, whatever the trial is called', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }).filter((id) => !['.', '..'].includes(id)),
      (trialId) => {
        const link = parse(buildApprovalLink(slack, trialId, until))
        expect(link.trialId).toBe(trialId)
        expect(verifyApprovalLink(slack.secret, link, until - 1)).toBe('valid')
        expect(verifyApprovalLink(slack.secret, link, until)).toBe('expired')
      },
    ),
  )
})

test('a link for another trial, until another time, or with another secret is forged', () => {
  const link = parse(buildApprovalLink(slack, 'opt_1_a', until))
  const check = (known: Partial<typeof link>, secret = slack.secret) => verifyApprovalLink(secret, { ...link, ...known }, 0)
  expect(check({ trialId: 'opt_1_b' })).toBe('forged')
  expect(check({ until: link.until + 1 })).toBe('forged')
  expect(check({ signature: '' })).toBe('forged')
  expect(check({ signature: 'ü'.repeat(32) })).toBe('forged')
  expect(check({}, `${slack.secret}!`)).toBe('forged')
})
