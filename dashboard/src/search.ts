/** The part of a URL after `?` as plain text values; the last of a repeated name counts. Never throws. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

/** The part of a URL after the path, with its `?`; empty when nothing is set. Only text values are written. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (typeof value === "string") parameters.set(name, value)
  const text = parameters.toString()
  return text === "" ? "" : `?${text}`
}
