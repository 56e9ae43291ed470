/** An action that is loaded when its subcommand is called. */
export function lazyAction<Args extends unknown[]>(load: () => Promise<(...args: Args) => Promise<void>>) {
  return async (...args: Args) => await (await load())(...args)
}
