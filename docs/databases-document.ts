import { getImportColumns, importedTableNames } from '../src/model/import-mapping.ts'
import { replaceTables } from './replace-tables.ts'

/** The content of docs/databases.md with its table updated. */
export function databasesDocument(current: string): string {
  const rows = importedTableNames.map((table) => {
    const columns = Object.entries(getImportColumns(table))
    const list = (isRequired: boolean) =>
      columns
        .filter(([, column]) => Boolean(column.isRequired) === isRequired)
        .map(([name, { type }]) => `\`${name}\` (${type})`)
        .join(', ')
    return `| \`${table}\` | ${list(true)} | ${list(false)} |`
  })
  return replaceTables(current, {
    tables: ['| table | required columns | optional columns |', '|---|---|---|', ...rows].join('\n'),
  })
}
