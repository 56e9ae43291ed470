-- Tokens and cost are decided one by one: a span may report its tokens and leave the cost to the calls below it.
alter table agent_executions
  -- Metrics that nothing is added to: what the span itself reports, and what is unknown because a call below it has no price.
  add column settled_metrics jsonb;
alter table telemetry_passages
  -- Metrics of the spans below that are part of another span's usage already.
  add column counted text[] not null default '{}';
alter table imports
  -- The mapping with which the rows up to this place were read: with another one, some that were refused may be taken.
  add column read_with jsonb;
