import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** Typed search attributes (A5) for filtering cycles and trials in the Temporal UI. */
export const searchAttributes = {
  target: defineSearchAttributeKey('OptimizerTarget', SearchAttributeType.KEYWORD_LIST),
  verdict: defineSearchAttributeKey('OptimizerVerdict', SearchAttributeType.KEYWORD_LIST),
  severity: defineSearchAttributeKey('OptimizerSeverity', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('OptimizerPhase', SearchAttributeType.KEYWORD),
  improvement: defineSearchAttributeKey('OptimizerImprovement', SearchAttributeType.DOUBLE),
}
