/** A call as far as Azure's path depends on it. */
export interface AzureCall {
  /** What stands after the version in OpenAI's path: `/chat/completions`. */
  readonly tail: string
  /** The deployment; null where a request names none. */
  readonly deployment: string | null
  /** With its `?`, or empty. */
  readonly query: string
  /** The API version configured for the resource; null: none. */
  readonly apiVersion: string | null
}

/** What dated versions of the API serve below a deployment (`openai` on npm, `azure.ts`); the rest is the resource's. */
const deployed = new Set([
  "/completions",
  "/chat/completions",
  "/embeddings",
  "/audio/transcriptions",
  "/audio/translations",
  "/audio/speech",
  "/images/generations",
  "/images/edits",
])

/**
 * Azure's path for a call in OpenAI's own form. A dated version (`2024-10-21`) leads to the classic paths; without one, the
 * newer `/openai/v1` finds the deployment in the body, as OpenAI finds its model.
 * https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
export function toAzureTarget({ tail, deployment, query, apiVersion }: AzureCall): string {
  if (apiVersion === null || !/^\d{4}-/.test(apiVersion)) {
    return `/openai/v1${tail}${apiVersion === null ? query : withApiVersion(query, apiVersion)}`
  }
  const below = deployed.has(tail) && deployment !== null ? `/deployments/${encodeURIComponent(deployment)}` : ""
  return `/openai${below}${tail}${withApiVersion(query, apiVersion)}`
}

/** The query with an `api-version`; the one it has is left. */
export function withApiVersion(query: string, apiVersion: string): string {
  if (hasApiVersion(query)) return query
  return `${query === "" ? "?" : `${query}&`}api-version=${encodeURIComponent(apiVersion)}`
}

/** Whether a query names a version of the API. */
export const hasApiVersion = (query: string): boolean => /[?&]api-version=[^&]/.test(query)
