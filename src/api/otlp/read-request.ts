import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Context } from 'hono'
import { OptimizerError } from '../../model/errors.ts'
import type { Encoding } from '../../telemetry/decode.ts'
import { readBody } from '../limit-body.ts'

/** Maximum size of a request in bytes, as sent and after decompression. */
const maxSent = 8 * 1024 * 1024
const maxInflated = 32 * 1024 * 1024

const inflate = promisify(gunzip)

/** The encoding that a request names as its content type; undefined if OTLP/HTTP has no such encoding. */
export function findEncoding(contentType: string | undefined): Encoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/x-protobuf' ? 'protobuf' : type === 'application/json' ? 'json' : undefined
}

/** The body of a request as it was sent. */
export interface RawBody {
  bytes: Uint8Array<ArrayBuffer>
  isCompressed: boolean
}

/** Receives the body of a request. @throws OptimizerError `too-large`, `unsupported-encoding`, `stalled` */
export async function receiveBody({ req }: Context): Promise<RawBody> {
  const compression = req.header('content-encoding')?.trim().toLowerCase() || 'identity'
  if (compression !== 'identity' && compression !== 'gzip')
    throw new OptimizerError('unsupported-encoding', `The body is compressed with ${compression}; use gzip, or none.`)
  const bytes = await readBody(req.raw.body, maxSent)
  if (!bytes) throw tooLarge(maxSent, 'as sent')
  return { bytes, isCompressed: compression === 'gzip' }
}

/** The content of a body. @throws OptimizerError `too-large`, `invalid-telemetry` if it cannot be inflated */
export async function decompressBody({ bytes, isCompressed }: RawBody): Promise<Uint8Array> {
  if (!isCompressed) return bytes
  try {
    return await inflate(bytes, { maxOutputLength: maxInflated })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxInflated, 'after decompression')
    const message = `The body is not valid gzip data (${(cause as Error).message}); send it again in full.`
    throw new OptimizerError('invalid-telemetry', message, { cause })
  }
}

function tooLarge(most: number, when: string): OptimizerError {
  const limit = `${most / 1024 / 1024} MiB`
  return new OptimizerError('too-large', `The body had more than ${limit} ${when}; export smaller batches.`)
}
