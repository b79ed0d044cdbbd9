import { hasApiVersion, toAzureTarget, withApiVersion } from "../providers/azure/azure-target.ts"
import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"

/**
 * The path and query at the provider's root: the client's own, byte by byte, unless it speaks of another model, or in
 * Azure's words to somebody else or in OpenAI's to Azure.
 */
export function upstreamTarget(exchange: Exchange): string {
  const target = exchange.head?.target ?? "/"
  if (exchange.provider?.name === "azure")
    return exchange.azure ? ownAzureTarget(exchange, target) : azureTarget(exchange)
  if (exchange.azure) return `/v1${exchange.tail}${withoutApiVersion(queryOf(target))}`
  const { pathModel, modelActual } = exchange
  if (pathModel === null || modelActual === null || modelActual === pathModel) return target
  const colon = target.lastIndexOf(":", target.includes("?") ? target.indexOf("?") : undefined)
  const version = target.startsWith("/v1/") ? "/v1" : "/v1beta"
  return `${version}/models/${encodeURIComponent(modelActual)}${target.slice(colon)}`
}

function azureTarget(exchange: Exchange): string {
  return toAzureTarget({
    tail: exchange.tail,
    deployment: exchange.modelActual,
    query: queryOf(exchange.head?.target ?? ""),
    apiVersion: exchange.credential?.options.api_version ?? null,
  })
}

/** A path that is Azure's already: only what is missing is added, only another deployment is put in. */
function ownAzureTarget(exchange: Exchange, target: string): string {
  const query = queryOf(target)
  const path = target.slice(0, target.length - query.length)
  const { pathModel, modelActual, tail } = exchange
  const moved = pathModel !== null && modelActual !== null && modelActual !== pathModel
  const place = moved ? `/openai/deployments/${encodeURIComponent(modelActual)}${tail}` : path
  if (path.startsWith("/openai/v1/") || hasApiVersion(query)) return place + query
  const version = exchange.credential?.options.api_version
  if (version) return place + withApiVersion(query, version)
  throw new GatewayError(
    "azure_config_missing",
    "this path of Azure OpenAI needs an API version: send ?api-version=…, or set one with the credential",
    { param: "api-version" },
  )
}

const queryOf = (target: string): string => {
  const question = target.indexOf("?")
  return question < 0 ? "" : target.slice(question)
}

function withoutApiVersion(query: string): string {
  const kept = query
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !pair.startsWith("api-version="))
  return kept.length === 0 ? "" : `?${kept.join("&")}`
}
