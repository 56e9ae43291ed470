/** The forms of ids. */

/** Whether a text has the form of the id of a trial, which is that of its strategy. */
export const isTrialId = (text: string): boolean => /^(opt|proactive)_\d+_/.test(text)

/** Whether a text has the form of the id of a cycle. */
export const isCycleId = (text: string): boolean => /^cycle-.*\d{4}-\d\d-\d\dT/.test(text)
