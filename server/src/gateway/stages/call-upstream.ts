import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import { Relay } from "./relay.ts"

/** Roots seen so far, split once; bounded by the credentials an installation has. */
const roots = new Map<string, { readonly origin: string; readonly path: string }>()
const maxRoots = 1024

/** Sends the client's bytes to the chosen provider and relays what comes back. */
export function callUpstream(exchange: Exchange, context: GatewayContext): Relay {
  const relay = new Relay(exchange, context)
  const { origin, path } = splitRoot(exchange.upstreamRoot)
  exchange.attempts = 1
  exchange.calledAt = context.clock.monotonic()
  try {
    relay.begin()
    context.upstreams.pool(origin).dispatch(
      {
        path: path + upstreamTarget(exchange),
        method: "POST",
        headers: exchange.upstreamHeaders,
        body: upstreamBody(exchange),
      },
      relay,
    )
  } catch (error) {
    relay.fail(error)
  }
  return relay
}

function splitRoot(root: string): { readonly origin: string; readonly path: string } {
  const known = roots.get(root)
  if (known) return known
  let url: URL
  try {
    url = new URL(root)
  } catch {
    throw new GatewayError("provider_unreachable", "the provider's base URL is not a URL")
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/(v1|v1beta)$/, "")
  const split = { origin: url.origin, path }
  if (roots.size >= maxRoots) roots.clear()
  roots.set(root, split)
  return split
}

/** The client's path and query; the model in a Gemini path is the only part that can differ. */
function upstreamTarget(exchange: Exchange): string {
  const target = exchange.head?.target ?? "/"
  const { pathModel, modelActual } = exchange
  if (pathModel === null || modelActual === null || modelActual === pathModel) return target
  const colon = target.lastIndexOf(":", target.includes("?") ? target.indexOf("?") : undefined)
  const version = target.startsWith("/v1/") ? "/v1" : "/v1beta"
  return `${version}/models/${encodeURIComponent(modelActual)}${target.slice(colon)}`
}

/** The client's bytes; where a provider prefix was taken off the model's name, those bytes of it and no others differ. */
function upstreamBody(exchange: Exchange): Buffer {
  const body = exchange.body as Buffer
  const model = exchange.facts?.model ?? null
  if (model === null || exchange.modelActual === null || exchange.modelActual === model.value) return body
  const name = Buffer.from(JSON.stringify(exchange.modelActual))
  return Buffer.concat([body.subarray(0, model.start), name, body.subarray(model.end)])
}
