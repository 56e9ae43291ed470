-- What a report to the strategic orchestrator has to say of a result, and what it has been told; they differ until it has answered.
alter table optimization_results
  add column reportable text not null generated always as (
    case when content -> 'undone' ->> 'harmful' = 'true' then 'harmful' when content ? 'undone' then 'undone' else 'ended' end
  ) stored,
  add column reported text;
-- Until now, the results of a cycle were told at its end, and no others.
update optimization_results set reported = 'ended' where cycle_id is not null;
create index optimization_results_unreported on optimization_results (timestamp desc) where reported is distinct from reportable;
