-- The metrics that an execution reported, so that a verdict about them can be computed again once executions are deleted.
alter table trial_samples add column metrics jsonb;
