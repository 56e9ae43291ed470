import { ApplicationFailure } from '@temporalio/workflow'
import type { z } from 'zod'
import { describeIssue } from '../model/issue.ts'

/** The failure of a rejected update; `type` is stable, for programs. */
export const createUpdateRejection = (type: string, message: string) => ApplicationFailure.nonRetryable(message, type)

/**
 * The failure of an input: names the field and shows what is expected, since this is all that Temporal's own tools show.
 * @param whole the name of the input, in two words at most
 * @param form an example of the input
 */
export const createInputFailure = (error: z.core.$ZodError, whole: string, form: string) =>
  createUpdateRejection('invalid-input', `Invalid ${whole}: ${describeIssue(error, `the ${whole}`)}. Expected ${form}.`)

/** The validator of an update's input. */
export const createValidator = (schema: z.ZodType, whole: string, form: string) => (input: unknown) => {
  const { error } = schema.safeParse(input)
  if (error) throw createInputFailure(error, whole, form)
}
