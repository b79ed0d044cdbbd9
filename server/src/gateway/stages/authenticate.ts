import { hash } from "node:crypto"
import type { GatewayContext } from "../context.ts"
import { GatewayError } from "../errors.ts"
import type { Exchange } from "../exchange.ts"
import { readRequestHead } from "../request-head.ts"

/**
 * Finds out who calls. A key is looked up by its SHA-256, so the comparison reveals nothing of the secret. A key that is
 * known but may not pass still names its project, so that the refusal can be recorded there.
 */
export function authenticate(exchange: Exchange, context: GatewayContext): void {
  const head = readRequestHead(exchange.request.rawHeaders, exchange.request.url ?? "/")
  exchange.head = head
  const snapshot = context.snapshot()
  if (!snapshot) throw new GatewayError("not_ready", "the gateway has no configuration yet; try again shortly")
  if (head.key === null) {
    throw new GatewayError(
      "missing_key",
      "no Sluice key was sent; send one as X-Sluice-Key or wherever your SDK puts its API key (it begins with slk_)",
    )
  }
  const key = snapshot.findKey(hash("sha256", head.key, "buffer"))
  const organization = key ? snapshot.organization(key.organizationId) : null
  const project = key ? snapshot.project(key.projectId) : null
  if (!key || !organization || !project) {
    throw new GatewayError("invalid_key", "this Sluice key is not known; it may have been revoked")
  }
  exchange.key = key
  exchange.project = project
  exchange.organization = organization
  if (key.expiresAtMs !== null && key.expiresAtMs <= exchange.startedAt) {
    throw new GatewayError("invalid_key", "this Sluice key has expired")
  }
  if (organization.disabled) throw new GatewayError("organization_disabled", "this key's organization is disabled")
  if (!key.scopes.includes("gateway")) {
    throw new GatewayError("scope_missing", "this Sluice key lacks the scope gateway, which calls to models need")
  }
  exchange.authenticatedAt = context.clock.monotonic()
}
