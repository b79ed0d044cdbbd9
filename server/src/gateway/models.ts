import type { ServerResponse } from "node:http"
import { type HotKey, isModelAllowed } from "../domains/identity/hot.ts"
import type { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"

/** A model a key may call. */
interface Listed {
  readonly id: string
  readonly provider: string
}

/**
 * The models that this key may use, on its allow-list: the project's own, and the catalog's live ones at providers its project
 * can reach. A name that is both is the project's, as it is when it is called; one that several serve is listed once.
 */
function listModels(snapshot: GatewaySnapshot, key: HotKey): readonly Listed[] {
  const listed = new Map<string, Listed>()
  for (const { name, provider } of snapshot.customModels(key.projectId).values()) {
    if (isModelAllowed(key.models, name)) listed.set(name, { id: name, provider })
  }
  const reachable = snapshot.providersOf(key.projectId)
  for (const [provider, names] of snapshot.catalog.listedModels) {
    if (reachable.size > 0 && !reachable.has(provider)) continue
    for (const id of names) if (!listed.has(id) && isModelAllowed(key.models, id)) listed.set(id, { id, provider })
  }
  return [...listed.values()]
}

/** OpenAI's shape. `created` is not known of any model, and the shape demands a number. */
const toOpenai = (model: Listed) => ({ id: model.id, object: "model", created: 0, owned_by: model.provider })

/** Anthropic's shape; a creation time it demands is not known either. */
const toAnthropic = (model: Listed) => ({
  type: "model",
  id: model.id,
  display_name: model.id,
  created_at: "1970-01-01T00:00:00Z",
})

const toGemini = (model: Listed) => ({ name: `models/${model.id}`, displayName: model.id })

/**
 * `GET /v1/models` (Anthropic's shape for a client that sends `anthropic-version`), `GET /v1/models/{id}` and
 * `GET /v1beta/models`. Null when the one model asked for is not among them.
 */
export function answerModels(
  route: { readonly dialect: "v1" | "gemini"; readonly model: string | null },
  snapshot: GatewaySnapshot,
  key: HotKey,
  anthropic: boolean,
): object | null {
  const models = listModels(snapshot, key)
  const shape = route.dialect === "gemini" ? toGemini : anthropic ? toAnthropic : toOpenai
  if (route.model !== null) {
    const found = models.find((model) => model.id === route.model)
    return found ? shape(found) : null
  }
  if (route.dialect === "gemini") return { models: models.filter((model) => model.provider === "gemini").map(toGemini) }
  if (!anthropic) return { object: "list", data: models.map(toOpenai) }
  const own = models.filter((model) => model.provider === "anthropic").map(toAnthropic)
  return { data: own, has_more: false, first_id: own[0]?.id ?? null, last_id: own.at(-1)?.id ?? null }
}

/** Sends JSON and nothing else. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: readonly string[] = [],
): void {
  const text = JSON.stringify(body)
  response.writeHead(status, [
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(text)),
    ...headers,
  ])
  response.end(text)
}
