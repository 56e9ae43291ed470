/** The name of the metric that an objective with weights is about; it is computed from the others. */
export const weightedSumName = 'weightedSum'
