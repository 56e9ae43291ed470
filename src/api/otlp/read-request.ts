import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from 'hono'
import { OptimizerError } from '../../model/errors.ts'
import type { Encoding } from '../../telemetry/decode.ts'
import { readBody } from '../limit-body.ts'

/** Bytes of a request as it is sent, and after it was inflated. */
const mostSent = 8 * 1024 * 1024
const mostInflated = 32 * 1024 * 1024

const inflate = promisify(gunzip)

/** The encoding that a request names as its content type; undefined if OTLP/HTTP has no such encoding. */
export function findEncoding(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/x-protobuf' ? 'protobuf' : type === 'application/json' ? 'json' : undefined
}

/**
 * The body of a request, inflated.
 * @throws OptimizerError `too-large`, `unsupported-encoding`, `invalid-telemetry` if it cannot be inflated
 */
export async function readRequest({ req }: Context): Promise<Uint8Array> {
  const compression = req.header('content-encoding')?.trim().toLowerCase() || 'identity'
  if (compression !== 'identity' && compression !== 'gzip')
    throw new OptimizerError('unsupported-encoding', `The body is compressed with ${compression}; use gzip, or none.`)
  const body = await readBody(req.raw.body, mostSent)
  if (!body) throw tooLarge(mostSent, 'as it was sent')
  if (compression === 'identity') return body
  try {
    return await inflate(body, { maxOutputLength: mostInflated })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(mostInflated, 'after it was inflated')
    const message = `The body is not complete gzip (${(cause as Error).message}); send it again whole.`
    throw new OptimizerError('invalid-telemetry', message, { cause })
  }
}

function tooLarge(most: number, when: string): OptimizerError {
  const limit = `${most / 1024 / 1024} MiB`
  return new OptimizerError('too-large', `The body had more than ${limit} ${when}; export smaller batches.`)
}
