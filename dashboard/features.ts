/** What this server offers: pages of newer ones work with older ones. */
let paths: Promise<ReadonlySet<string> | undefined> | undefined

/** Whether the server has a route; true if that is not known. */
export async function hasRoute(path: string): Promise<boolean> {
  paths ??= fetch('/openapi.json')
    .then((response) => response.json())
    .then(({ paths }: { paths: object }) => new Set(Object.keys(paths)))
    .catch(() => undefined)
  return (await paths)?.has(path) ?? true
}
