import { z } from "zod"
import { providerNames } from "./providers.ts"

/**
 * The first internal channel: control tells every gateway process what it needs to serve requests.
 *
 * `GET /internal/snapshot`, `Authorization: Bearer <control token>`, optional `?since=<version>`. The answer is an endless
 * stream of JSON lines (`SnapshotLine`): either a base (`base-begin`, entities, `base-end`) or, when control still has
 * every change after `since`, the changes alone; then each later change as it commits, and a `ping` every second.
 * A `version` is opaque text; it is comparable only for equality, and names the control database as well as the change.
 *
 * Secrets inside an entity are sealed with AES-256-GCM under a key derived from the control token (`sealed`), so neither
 * the wire nor the gateway's copy on disk holds one in clear.
 */
export const snapshotPath = "/internal/snapshot"

/** How often a `ping` is sent when nothing changes. A gateway that hears nothing for five of them reconnects. */
export const snapshotPingMs = 1000

const uuid = z.string().uuid()

/** An organization: `disabled` refuses its traffic. */
export const OrganizationEntity = z.strictObject({
  kind: z.literal("organization"),
  id: uuid,
  disabled: z.boolean(),
})

/** A project and its gateway settings. */
export const ProjectEntity = z.strictObject({
  kind: z.literal("project"),
  id: uuid,
  organization_id: uuid,
  /** Where a model that nothing identifies goes; null: nowhere. */
  default_provider: z.enum(providerNames).nullable(),
  /** False: no `x-sluice-*` or `server-timing` is added to answers. */
  response_headers: z.boolean(),
})

/** An API key by the SHA-256 of its secret. The secret itself is known to its holder alone. */
export const KeyEntity = z.strictObject({
  kind: z.literal("key"),
  id: uuid,
  /** SHA-256 of the whole key text, 64 hex digits. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  organization_id: uuid,
  project_id: uuid,
  scopes: z.array(z.string().max(64)),
  /** Names or `*` globs; null: every model. */
  models: z.array(z.string().max(256)).nullable(),
  environment: z.string().max(16),
  /** Milliseconds since 1970; null: never. */
  expires_at: z.number().nullable(),
  limits: z.strictObject({
    requests_per_minute: z.number().int().positive().nullable(),
    tokens_per_minute: z.number().int().positive().nullable(),
    concurrent_streams: z.number().int().positive().nullable(),
  }),
})

/** A credential for a provider. `source: environment` ranks below `stored`; among equals, the highest `priority` first. */
export const CredentialEntity = z.strictObject({
  kind: z.literal("credential"),
  id: uuid,
  organization_id: uuid,
  project_id: uuid,
  provider: z.enum(providerNames),
  source: z.enum(["stored", "environment"]),
  /** The root before `/v1` or `/v1beta`; null: the provider's own. */
  base_url: z.string().nullable(),
  /** Sealed secret: base64 of nonce (12) ‖ ciphertext ‖ tag (16), associated data = the credential's id. */
  sealed: z.string(),
  priority: z.number().int(),
  /** Extra request headers the provider wants, e.g. `openai-organization`. Names lower-case. */
  headers: z.record(z.string(), z.string()),
})

/** A provider's root where the installation overrides it (`SLUICE_PROVIDER_<NAME>_BASE_URL`). */
export const ProviderEntity = z.strictObject({
  kind: z.literal("provider"),
  /** The provider's name. */
  id: z.enum(providerNames),
  base_url: z.string(),
})

/** The catalog, whole: it is small and changes rarely. */
export const CatalogEntity = z.strictObject({
  kind: z.literal("catalog"),
  id: z.literal("catalog"),
  /** Provider → exact model names it serves. */
  models: z.record(z.string(), z.array(z.string())),
  /** `*` globs tried in order when no exact name fits. */
  patterns: z.array(z.strictObject({ pattern: z.string(), provider: z.string() })),
})

/** Anything a gateway is told of. */
export const SnapshotEntity = z.discriminatedUnion("kind", [
  OrganizationEntity,
  ProjectEntity,
  KeyEntity,
  CredentialEntity,
  ProviderEntity,
  CatalogEntity,
])
export type SnapshotEntity = z.infer<typeof SnapshotEntity>
export type OrganizationEntity = z.infer<typeof OrganizationEntity>
export type ProjectEntity = z.infer<typeof ProjectEntity>
export type KeyEntity = z.infer<typeof KeyEntity>
export type CredentialEntity = z.infer<typeof CredentialEntity>
export type ProviderEntity = z.infer<typeof ProviderEntity>
export type CatalogEntity = z.infer<typeof CatalogEntity>
/** The `kind` of an entity. */
export type SnapshotEntityKind = SnapshotEntity["kind"]

/**
 * A line of the stream. A gateway applies `put` and `delete` between `base-begin` and `base-end` to a fresh snapshot that
 * replaces the old one at `base-end`; outside a base it applies them at once. `version` on a `change` is the version
 * reached when every line of that change (which shares it) was applied.
 */
export const SnapshotLine = z.discriminatedUnion("line", [
  z.strictObject({ line: z.literal("base-begin"), version: z.string() }),
  z.strictObject({ line: z.literal("put"), entity: SnapshotEntity }),
  z.strictObject({ line: z.literal("delete"), kind: z.string(), id: z.string() }),
  z.strictObject({ line: z.literal("base-end"), version: z.string() }),
  /** Closes a delta: the puts and deletes since the last `version` or `base-end` are one change, now complete. */
  z.strictObject({ line: z.literal("version"), version: z.string() }),
  z.strictObject({ line: z.literal("ping"), version: z.string() }),
])
export type SnapshotLine = z.infer<typeof SnapshotLine>
