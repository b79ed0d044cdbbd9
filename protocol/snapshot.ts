import { z } from "zod"
import { LimitsEntity, noLimits } from "./limits.ts"
import { providerNames } from "./providers.ts"
import { maxSplitTargets, RuleMatch, SplitTarget } from "./routing-rule.ts"

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

/** An organization: `disabled` refuses its traffic; `limits` hold for all its keys together. */
export const OrganizationEntity = z.strictObject({
  kind: z.literal("organization"),
  id: uuid,
  disabled: z.boolean(),
  limits: LimitsEntity.default(noLimits),
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
  limits: LimitsEntity,
})

/**
 * A credential for a provider: of one project, of every project of an organization (`project_id` null), or of every project
 * there is (both null). The nearest level is tried first and `source: environment` last; within a level, the highest
 * `priority` first.
 */
export const CredentialEntity = z.strictObject({
  kind: z.literal("credential"),
  id: uuid,
  organization_id: uuid.nullable(),
  project_id: uuid.nullable(),
  provider: z.enum(providerNames),
  source: z.enum(["stored", "environment"]),
  /** The root before `/v1` or `/v1beta`; null: the provider's own. */
  base_url: z.string().nullable(),
  /** Sealed secret: base64 of nonce (12) ‖ ciphertext ‖ tag (16), associated data = the credential's id. */
  sealed: z.string(),
  priority: z.number().int(),
  /** Extra request headers the provider wants, e.g. `openai-organization`. Names lower-case. */
  headers: z.record(z.string(), z.string()),
  /** What the provider's paths need besides, e.g. Azure's `api_version`; copies on disk from before say nothing. */
  options: z.record(z.string(), z.string()).optional(),
})

/**
 * A model that a project brings along under a name of its own. `credential_id` names what opens its server's door, and no
 * other credential ever does; `base_url` a server that asks for none; with neither, the project's usual credential is used.
 */
export const CustomModelEntity = z.strictObject({
  kind: z.literal("custom_model"),
  id: uuid,
  organization_id: uuid,
  project_id: uuid,
  /** What callers ask for. */
  name: z.string().max(256),
  provider: z.enum(providerNames),
  /** What goes to the provider in its place. */
  upstream_model: z.string().max(256),
  credential_id: uuid.nullable(),
  /** The root before `/v1`. */
  base_url: z.string().nullable(),
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
  /** Those of them that are routed and not shown: families, and models that are deprecated or gone. Absent: none. */
  unlisted: z.record(z.string(), z.array(z.string())).optional(),
  /** `*` globs tried in order when no exact name fits. */
  patterns: z.array(z.strictObject({ pattern: z.string(), provider: z.string() })),
})

/** A routing rule of a project that is enabled; one that is not is not told. */
export const RuleEntity = z.strictObject({
  kind: z.literal("rule"),
  id: uuid,
  organization_id: uuid,
  project_id: uuid,
  /** Lowest first; among equals the oldest, which is the smallest id. */
  priority: z.number().int(),
  match: RuleMatch,
  /** One target unless it is a split. */
  targets: z.array(SplitTarget).min(1).max(maxSplitTargets),
})

/** Anything a gateway is told of. */
export const SnapshotEntity = z.discriminatedUnion("kind", [
  OrganizationEntity,
  ProjectEntity,
  KeyEntity,
  CredentialEntity,
  CustomModelEntity,
  ProviderEntity,
  CatalogEntity,
  RuleEntity,
])
export type SnapshotEntity = z.infer<typeof SnapshotEntity>
export type OrganizationEntity = z.infer<typeof OrganizationEntity>
export type ProjectEntity = z.infer<typeof ProjectEntity>
export type KeyEntity = z.infer<typeof KeyEntity>
export type CredentialEntity = z.infer<typeof CredentialEntity>
export type CustomModelEntity = z.infer<typeof CustomModelEntity>
export type ProviderEntity = z.infer<typeof ProviderEntity>
export type CatalogEntity = z.infer<typeof CatalogEntity>
export type RuleEntity = z.infer<typeof RuleEntity>
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
