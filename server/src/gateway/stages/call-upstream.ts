import type { GatewayContext } from "../context.ts"
import type { Method } from "../endpoints/endpoint.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import type { Upload } from "../upload.ts"
import { upstreamTarget } from "../upstream-target.ts"
import { Relay } from "./relay.ts"

/** Roots seen so far, split once; bounded by the credentials an installation has. */
const roots = new Map<string, { readonly origin: string; readonly path: string }>()
const maxRoots = 1024

/** Sends the client's bytes to the chosen provider and relays what comes back. */
export function callUpstream(exchange: Exchange, context: GatewayContext): Relay {
  const relay = new Relay(exchange, context)
  const { origin, path } = splitRoot(exchange.upstreamRoot)
  const target = path + upstreamTarget(exchange)
  const body = upstreamBody(exchange)
  exchange.attempts = 1
  exchange.calledAt = context.clock.monotonic()
  try {
    relay.begin()
    context.upstreams.pool(origin).dispatch(
      {
        path: target,
        method: exchange.request.method as Method,
        headers: exchange.upstreamHeaders,
        body,
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

/** The client's bytes; where the model goes by another name than the client's, that name's bytes and no others differ. */
function upstreamBody(exchange: Exchange): Buffer | Upload | null {
  const { body, upload, facts } = exchange
  if (upload !== null) return renamed(exchange, upload)
  if (body === null || body.length === 0) return body
  const said = facts?.model ?? null
  const wanted = modelInBody(exchange, said?.value ?? null)
  if (wanted === null || wanted === said?.value) return body
  const name = JSON.stringify(wanted)
  if (said) return Buffer.concat([body.subarray(0, said.start), Buffer.from(name), body.subarray(said.end)])
  const inside = body.indexOf("{") + 1
  const member = `"model":${name}${facts?.isEmpty ? "" : ","}`
  return Buffer.concat([body.subarray(0, inside), Buffer.from(member), body.subarray(inside)])
}

/** What the body is to say; null: whatever it does. */
function modelInBody({ azure, provider, pathModel, modelActual }: Exchange, sent: string | null): string | null {
  if (pathModel === null) return sent === null ? null : modelActual
  // Azure reads the deployment in its path and nothing else; anybody else has to be told in the body.
  if (azure) return provider?.name === "azure" ? null : modelActual
  // A body that repeats the model its path names (Gemini's `models/…`) follows only where the path changes.
  if (sent === null || modelActual === null || pathModel === modelActual) return null
  return sent.startsWith("models/") ? `models/${modelActual}` : modelActual
}

/** The upload with its length told as the client told it, so that a provider that wants one gets one. */
function renamed(exchange: Exchange, upload: Upload): Upload {
  const { modelActual, head, upstreamHeaders } = exchange
  const grown =
    modelActual !== null && upload.model !== null && modelActual !== upload.model ? upload.rename(modelActual) : 0
  const length = head?.contentLength ?? null
  if (length !== null) upstreamHeaders.push("content-length", String(length + (grown ?? 0)))
  return upload
}
