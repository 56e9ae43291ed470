/**
 * Why a request to the API has no answer, and what to do. Without an answer in time, a command may have been carried out all the same.
 * @param cause what `fetch` has thrown
 */
export function describeFailedRequest({ url, method, cause }: { url: string; method: string; cause: unknown }): string {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  if (!isLate)
    return `The API at ${url} is not responding; start the optimizer with npm start, or specify its address with --url.`
  const remedy =
    method === 'GET' ? 'Try again, or request less.' : 'The request may have been carried out; check before you repeat it.'
  return `The API at ${url} did not respond in time. ${remedy}`
}
