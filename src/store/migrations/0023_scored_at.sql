-- When the latest score of an execution arrived; null if none came after its report.
alter table agent_executions add column scored_at timestamptz;
-- On a busy agent, the newest executions have no scores yet: those that do are found here.
create index agent_executions_scored on agent_executions (agent_name, timestamp desc) where scored_at is not null;
