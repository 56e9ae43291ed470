-- Declared metrics whose values an instance sends by themselves, not with executions: name → value.
alter table agent_self_reports add column metrics jsonb;
