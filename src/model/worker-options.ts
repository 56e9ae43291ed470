import { z } from 'zod'

/** Options of the worker. */
export const workerSchema = z.strictObject({
  workflowBundle: z
    .string()
    .optional()
    .describe(
      'Workflow bundle of this version; by default the one written by `npm run build`, otherwise the source is bundled at start',
    ),
  metricsAddress: z
    .string()
    .regex(/^[^:]+:\d+$|^\[.+\]:\d+$/, 'is not an address such as 127.0.0.1:9464')
    .optional()
    .describe(
      'Address that exposes metrics of the worker and the Temporal SDK to Prometheus, such as `127.0.0.1:9464`; none by default',
    ),
  deploymentName: z.string().default('performance-optimizer').describe('Name of the worker deployment'),
  buildId: z.string().optional().describe('Build id of the worker within its deployment; turns on worker versioning'),
})
