alter table foreign_databases rename to external_databases;
