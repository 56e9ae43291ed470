-- Executions that report metrics, which are looked for among those of many agents: the others are found by their index alone.
create index agent_executions_reporting on agent_executions (agent_name, timestamp desc) where metrics is not null;
