-- The audit of one trial, newest first. What else belongs to a trial or a cycle has an index that begins with it.
create index configurations_trial on configurations (trial_id) where trial_id is not null;
create index alerts_trial on alerts (trial_id) where trial_id is not null and acknowledged_at is not null;
create index performance_profiles_trial on performance_profiles (trial_id) where trial_id is not null;
create index audit_entries_about on audit_entries ((coalesce(cause, subject)), at desc);

-- Who concluded a trial may also be who rolled it back.
drop index optimization_results_actor;
create index optimization_results_actor
  on optimization_results ((coalesce(content ->> 'keptBy', content ->> 'rolledBackBy', 'optimizer')), timestamp desc);
