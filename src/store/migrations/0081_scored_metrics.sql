-- The metrics of an execution that came later than its report, at scored_at; null if none did.
alter table agent_executions add column scored_metrics text[];
-- What was scored in the last seconds, in executions of a week.
create index agent_executions_scored_at on agent_executions (scored_at) where scored_at is not null;
