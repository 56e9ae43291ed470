/** A document with the tables between its markers updated, such as `<!-- events: … -->` and `<!-- /events -->`. */
export function replaceTables(current: string, tables: Record<string, string>): string {
  return Object.entries(tables).reduce(
    (text, [name, content]) =>
      text.replace(new RegExp(`(<!-- ${name}:.*-->\n)[^]*(<!-- /${name} -->)`), (_, begin, end) => `${begin}${content}\n${end}`),
    current,
  )
}
