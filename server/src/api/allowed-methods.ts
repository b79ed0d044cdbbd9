/** A route as the router lists it. */
interface ListedRoute {
  readonly method: string
  readonly path: string
}

/** The methods there are for a path, sorted; none when there is no such path. `GET` brings `HEAD`. */
export function allowedMethods(routes: readonly ListedRoute[], path: string): string[] {
  const methods = new Set<string>()
  for (const route of routes) {
    if (route.method === "ALL" || route.path.includes("*") || !isMatch(route.path, path)) continue
    methods.add(route.method)
    if (route.method === "GET") methods.add("HEAD")
  }
  return [...methods].sort()
}

function isMatch(pattern: string, path: string): boolean {
  const wanted = pattern.split("/")
  const given = path.split("/")
  return (
    wanted.length === given.length &&
    wanted.every((part, position) => (part.startsWith(":") ? given[position] !== "" : part === given[position]))
  )
}
