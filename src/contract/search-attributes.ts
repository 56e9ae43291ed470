import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** Typed search attributes (A5): what the Temporal UI can filter cycles and trials by. */
export const searchAttributes = {
  target: defineSearchAttributeKey('OptimizerTarget', SearchAttributeType.KEYWORD_LIST),
  verdict: defineSearchAttributeKey('OptimizerVerdict', SearchAttributeType.KEYWORD_LIST),
  severity: defineSearchAttributeKey('OptimizerSeverity', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('OptimizerPhase', SearchAttributeType.KEYWORD),
  improvement: defineSearchAttributeKey('OptimizerImprovement', SearchAttributeType.DOUBLE),
}
