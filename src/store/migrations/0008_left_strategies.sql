-- Why a strategy was not carried out, in words; null where it was, or still may be.
alter table strategies add column left_because text;
