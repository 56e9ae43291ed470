-- Who made a configuration; it has only been in the words of the reason. In the audit, it is the actor.
alter table configurations add column changed_by text not null generated always as (
  coalesce(case origin
    when 'operator' then substring(reason from '^(.*?) (?:set|restored version) ')
    when 'restore' then substring(reason from '(?:requested|called harmful) by ([^:;]+)')
  end, 'optimizer')) stored;

-- The audit of one actor, newest first.
create index configurations_actor on configurations (changed_by, agent_id, version);
create index audit_entries_actor on audit_entries (actor, at desc);
create index optimization_results_actor on optimization_results ((coalesce(content ->> 'keptBy', 'optimizer')), timestamp desc);
create index performance_profiles_actor on performance_profiles (requested_by, taken_at desc);
create index approvals_actor on approvals ((coalesce(decided_by, 'optimizer')), decided_at desc) where decided_at is not null;
create index alerts_actor on alerts (acknowledged_by, acknowledged_at desc) where acknowledged_at is not null;
