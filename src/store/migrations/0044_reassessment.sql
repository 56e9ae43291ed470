-- How the strategic orchestrator changed its trust after a cycle.
alter table cycles add column reassessment jsonb;
