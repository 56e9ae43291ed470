export { optimizer } from './control.ts'
export { optimizationCycle } from './cycle.ts'
export { restore } from './restore.ts'
export { trial } from './trial-workflow.ts'
