import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

const { KEYWORD, KEYWORD_LIST, DOUBLE } = SearchAttributeType

/** Typed search attributes (A5) for filtering cycles and trials in the Temporal UI. */
export const searchAttributes = {
  target: defineSearchAttributeKey('OptimizerTarget', KEYWORD_LIST),
  /** Holds one value, as a list: earlier versions registered a KeywordList, and Temporal accepts a list of one for a Keyword too. */
  verdict: defineSearchAttributeKey('OptimizerVerdict', KEYWORD_LIST),
  severity: defineSearchAttributeKey('OptimizerSeverity', KEYWORD),
  phase: defineSearchAttributeKey('OptimizerPhase', KEYWORD),
  improvement: defineSearchAttributeKey('OptimizerImprovement', DOUBLE),
}

/** The types to register, by name. A namespace has room for only three KeywordLists, so they are used only where necessary. */
export const searchAttributeTypes: Record<string, 'KEYWORD' | 'KEYWORD_LIST' | 'DOUBLE'> = {
  ...Object.fromEntries(Object.values(searchAttributes).map(({ name, type }) => [name, type])),
  [searchAttributes.verdict.name]: KEYWORD,
}
