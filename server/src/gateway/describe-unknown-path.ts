import { documentedRoutes, findRoute } from "./router.ts"

/** Long enough to recognise what was sent; a path may have 16 kB. */
const longestShown = 200

/**
 * What a 404 says of a path that leads nowhere. A base URL with or without `/v1` where the SDK wants the other is the likeliest
 * reason, so the path that was meant comes before the list of all.
 */
export function describeUnknownPath(path: string, dashboardUrl: string): string {
  const what = `there is nothing at ${JSON.stringify(path.slice(0, longestShown))}.`
  const meant = findMeantPath(path)
  const hint = meant
    ? ` Did you mean "${meant}"? Check the base URL: OpenAI clients want it with /v1 at the end, others without.`
    : path.startsWith("/api/")
      ? ` The management API is at ${dashboardUrl}/api/v1.`
      : ""
  return `${what}${hint} Routes: ${documentedRoutes.join(", ")}`
}

function findMeantPath(path: string): string | null {
  if (path.length > longestShown) return null
  const candidates = [
    `/v1${path}`,
    path.replace(/^(\/v1)+\//, "/v1/"),
    path.replace(/^\/v1(?=\/v1beta\/|\/openai\/)/, ""),
  ]
  return candidates.find((candidate) => candidate !== path && leadsToCall(candidate)) ?? null
}

const leadsToCall = (path: string): boolean => ["call", "models"].includes(findRoute(path).kind)
