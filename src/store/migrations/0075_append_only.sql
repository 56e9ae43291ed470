-- What records who did what is never changed or removed, like the audit that is read from it.
create function refuse_record_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append only', tg_table_name;
end $$;
do $$
declare
  record_table text;
begin
  foreach record_table in array array['policy_changes', 'objective_changes', 'engine_setting_changes', 'releases', 'proven_versions'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse_record_change()',
      record_table || '_append_only', record_table);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_record_change()',
      record_table || '_kept', record_table);
  end loop;
end $$;
create trigger configurations_kept before truncate on configurations for each statement execute function refuse_record_change();
