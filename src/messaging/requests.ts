import { z } from 'zod'
import {
  acknowledgementSchema,
  announcementSchema,
  configurationRequestSchema,
  deliverySchema,
  departureSchema,
  heartbeatResponseSchema,
  heartbeatSchema,
  reportBatchSchema,
  reportResponseSchema,
  resourcesResponseSchema,
  resourcesSchema,
} from './protocol.ts'

const schemas = {
  announce: { request: announcementSchema, answer: deliverySchema },
  heartbeat: { request: heartbeatSchema, answer: heartbeatResponseSchema },
  acknowledge: { request: acknowledgementSchema, answer: z.object({}) },
  configuration: { request: configurationRequestSchema, answer: deliverySchema },
  report: { request: reportBatchSchema, answer: reportResponseSchema },
  resources: { request: resourcesSchema, answer: resourcesResponseSchema },
  leave: { request: departureSchema, answer: z.object({}) },
}

export type RequestName = keyof typeof schemas
export const requestNames = Object.keys(schemas) as RequestName[]
/** A request as sent; the receiver fills in the defaults. */
export type RequestOf<Name extends RequestName> = z.input<(typeof schemas)[Name]['request']>
export type ParsedRequest<Name extends RequestName> = z.output<(typeof schemas)[Name]['request']>
export type ResponseOf<Name extends RequestName> = z.output<(typeof schemas)[Name]['answer']>

/** Schemas of the requests to the gateway and of their responses; names as in `gatewaySubjects`. */
export const requestSchemas: {
  [Name in RequestName]: { request: z.ZodType<ParsedRequest<Name>>; answer: z.ZodType<ResponseOf<Name>> }
} = schemas
