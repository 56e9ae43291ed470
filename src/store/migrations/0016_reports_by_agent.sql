-- Ids of batches, executions and messages are an agent's own: those of others are not repetitions of them.

-- Batches of earlier releases belong to nobody; their executions, decisions and messages are recognized by their own ids.
alter table report_batches add column agent_id text not null default '';
alter table report_batches alter column agent_id drop default;
alter table report_batches drop constraint report_batches_pkey, add primary key (agent_id, batch_id);

alter table agent_executions drop constraint agent_executions_pkey, add primary key (agent_name, id, timestamp);
alter table agent_messages drop constraint agent_messages_pkey, add primary key (from_agent, id);
