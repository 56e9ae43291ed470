/** Links by which a person decides on a trial without a token: signed, for one trial, until a time. */
import { timingSafeEqual } from 'node:crypto'
import { createSignatureHeaders } from './signature.ts'

export interface ApprovalLink {
  trialId: string
  /** Seconds since the epoch. */
  until: number
  signature: string
}

/** The address of the page on which a person decides. @param until when the link expires, milliseconds since the epoch */
export function buildApprovalLink(
  { publicUrl, secret }: { publicUrl: string; secret: string },
  trialId: string,
  until: number,
): string {
  const seconds = Math.floor(until / 1_000)
  const query = new URLSearchParams({ until: String(seconds), signature: sign(secret, trialId, seconds) })
  return `${publicUrl.replace(/\/+$/, '')}/approve/${encodeURIComponent(trialId)}?${query}`
}

/** Whether a link was made with this secret and has not expired. @param now milliseconds since the epoch */
export function verifyApprovalLink(secret: string, link: ApprovalLink, now = Date.now()): 'valid' | 'expired' | 'forged' {
  const [given, expected] = [link.signature, sign(secret, link.trialId, link.until)].map((text) => Buffer.from(text))
  if (given!.length !== expected!.length || !timingSafeEqual(given!, expected!)) return 'forged'
  return now < link.until * 1_000 ? 'valid' : 'expired'
}

const sign = (secret: string, trialId: string, until: number) =>
  createSignatureHeaders(secret, `approval ${trialId}`, until * 1_000)['x-optimizer-signature']!.replace('sha256=', '')
