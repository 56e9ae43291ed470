-- The audit of one subject, newest first. What else has a subject has an index that begins with it.
create index audit_entries_subject on audit_entries (subject, at desc);
create index policy_changes_subject on policy_changes (field, changed_at desc);
create index releases_subject on releases (agent_id, released_at desc);
create index approvals_asked on approvals (agent_id, asked_at desc);
create index approvals_subject on approvals (agent_id, decided_at desc) where decided_at is not null;
create index alerts_subject on alerts (component, acknowledged_at desc) where acknowledged_at is not null;
create index cycles_subject on cycles (target, started_at desc) where target is not null;

-- The audit of one action, or of all that begin alike.
create index audit_entries_action on audit_entries (action text_pattern_ops, at desc);

-- The whole audit, newest first.
create index alerts_acknowledged on alerts (acknowledged_at desc) where acknowledged_at is not null;
create index approvals_decided on approvals (decided_at desc) where decided_at is not null;
