-- Decisions that an agent counts itself (document 002, self-reported metrics).
alter table agent_self_reports add column decision_count bigint;
