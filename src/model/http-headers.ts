import { z } from 'zod'

/** RFC 9110, 5.1 and 5.5: without line breaks, which would begin another header. */
const headerNameSchema = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of an HTTP header')
const headerValueSchema = z
  .string()
  .max(8_000)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII, as values of HTTP headers are')

/** Headers that are sent with a request, by name. */
export const httpHeadersSchema = z.record(headerNameSchema, headerValueSchema)
export type HttpHeaders = z.infer<typeof httpHeadersSchema>
