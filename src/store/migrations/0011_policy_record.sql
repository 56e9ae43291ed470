-- The changes of the policy are its record: a pause is one of them, and has no table of its own any more.
create index policy_changes_field on policy_changes (field, id desc);

insert into policy_changes (changed_at, field, old_value, new_value, changed_by, reason)
select since, 'paused', 'false', 'true', paused_by, reason from pause;

-- Resumed, and recorded as paused all the same.
insert into policy_changes (field, old_value, new_value, changed_by, reason)
select 'paused', 'true', 'false', 'optimizer', 'no pause was in force when the record took over'
from (select new_value from policy_changes where field = 'paused' order by id desc limit 1) latest
where latest.new_value = 'true' and not exists (select from pause);

drop table pause;
