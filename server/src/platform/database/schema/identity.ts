import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core"

/** Raw bytes; node-postgres reads and writes them as Buffers. */
export const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" })

/** An instant with millisecond precision: what JavaScript can hold without loss. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: "date" })

const createdAt = () => instant("created_at").notNull().defaultNow()

/** Limits; null: none. */
const limitColumns = () => ({
  requestsPerMinute: integer("requests_per_minute"),
  tokensPerMinute: integer("tokens_per_minute"),
  concurrentStreams: integer("concurrent_streams"),
  concurrentRequests: integer("concurrent_requests"),
})

/** A tenant. Exempt from row-level security by organization: its own `id` is the scope. */
export const organizations = pgTable("organizations", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique(),
  disabledAt: instant("disabled_at"),
  ...limitColumns(),
  /** What 95 of 100 requests should not take longer than, in milliseconds; null: no target. */
  latencyTargetMs: integer("latency_target_ms"),
  createdAt: createdAt(),
})

export const workspaces = pgTable(
  "workspaces",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("workspaces_organization").on(table.organizationId)],
)

export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    workspaceId: uuid("workspace_id")
      .notNull()
      .references(() => workspaces.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** Where a model that nothing identifies goes. */
    defaultProvider: text("default_provider"),
    /** False: answers carry no header of ours. */
    responseHeaders: boolean("response_headers").notNull().default(true),
    createdAt: createdAt(),
  },
  (table) => [index("projects_organization").on(table.organizationId)],
)

/** People. Columns are those better-auth expects of its `user` model. Global: a person may belong to many organizations. */
export const users = pgTable("users", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull().default(false),
  image: text("image"),
  createdAt: createdAt(),
  updatedAt: instant("updated_at").notNull().defaultNow(),
})

/** Signed-in browsers. `token` holds the SHA-256 of the cookie's value, never the value. */
export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    token: text("token").notNull().unique(),
    /** The organization and project this session stands in. */
    organizationId: uuid("organization_id").references(() => organizations.id, { onDelete: "cascade" }),
    projectId: uuid("project_id").references(() => projects.id, { onDelete: "set null" }),
    expiresAt: instant("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    createdAt: createdAt(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("sessions_user").on(table.userId)],
)

/** One-time links and codes. `value` holds a SHA-256, never the secret. */
export const verifications = pgTable(
  "verifications",
  {
    id: uuid("id").primaryKey(),
    /** What it is for and for whom, e.g. `owner-link:<user id>`. */
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: createdAt(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [index("verifications_identifier").on(table.identifier)],
)

/** A person in an organization, with the role held there. */
export const members = pgTable(
  "members",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role").notNull(),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex("members_organization_user").on(table.organizationId, table.userId)],
)

/** An organization's data keys: AES-256 keys wrapped by the installation's key-encryption key. The newest encrypts. */
export const dataKeys = pgTable(
  "data_keys",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    /** nonce (12) ‖ ciphertext ‖ tag (16); associated data = the row's id. */
    wrapped: bytea("wrapped").notNull(),
    /** Fingerprint of the key-encryption key that wrapped it. */
    wrappedBy: text("wrapped_by").notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("data_keys_organization").on(table.organizationId)],
)

/** Keys that let callers in, by the SHA-256 of their secret. A revoked key stays, for the rows that name it. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    hash: bytea("hash").notNull().unique(),
    lastFour: text("last_four").notNull(),
    scopes: text("scopes").array().notNull(),
    models: text("models").array(),
    environment: text("environment").notNull(),
    ...limitColumns(),
    /** True for the key re-asserted from `SLUICE_BOOTSTRAP_KEY` at each start. */
    bootstrap: boolean("bootstrap").notNull().default(false),
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
    lastUsedAt: instant("last_used_at"),
    createdBy: uuid("created_by").references(() => users.id, { onDelete: "set null" }),
    createdAt: createdAt(),
  },
  (table) => [index("api_keys_project").on(table.organizationId, table.projectId, table.id)],
)

/**
 * What lets us into a provider: one project, every project of the organization, or every project of the installation
 * (`scope`); the organization is the one that stored it. The secret is encrypted with that organization's data key.
 */
export const credentials = pgTable(
  "credentials",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    /** Null unless `scope` is `project`. */
    projectId: uuid("project_id").references(() => projects.id, { onDelete: "cascade" }),
    scope: text("scope").notNull().default("project"),
    provider: text("provider").notNull(),
    label: text("label").notNull(),
    /** nonce (12) ‖ ciphertext ‖ tag (16); associated data = the row's id. */
    encryptedSecret: bytea("encrypted_secret").notNull(),
    dataKeyId: uuid("data_key_id")
      .notNull()
      .references(() => dataKeys.id),
    lastFour: text("last_four").notNull(),
    baseUrl: text("base_url"),
    options: jsonb("options").$type<Record<string, string>>().notNull().default({}),
    priority: integer("priority").notNull().default(0),
    lastUsedAt: instant("last_used_at"),
    createdAt: createdAt(),
  },
  (table) => [
    index("credentials_project").on(table.organizationId, table.projectId, table.id),
    check("credentials_scope", sql`${table.scope} IN ('project', 'organization', 'installation')`),
    check("credentials_scope_project", sql`(${table.scope} = 'project') = (${table.projectId} IS NOT NULL)`),
  ],
)

/** When a project last used a credential of the environment, which is in no table itself. */
export const environmentCredentialUses = pgTable(
  "environment_credential_uses",
  {
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    provider: text("provider").notNull(),
    lastUsedAt: instant("last_used_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.projectId, table.provider] })],
)

/** One value per installation: the master key's fingerprint and the like. */
export const installation = pgTable("installation", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
})

/**
 * The order in which entities a gateway knows of changed; written in the transaction that changes them, read by every
 * control process's snapshot hub. Writers hold one advisory lock, so that `version` order is commit order.
 */
export const snapshotChanges = pgTable("snapshot_changes", {
  version: bigint("version", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
  kind: text("kind").notNull(),
  entityId: text("entity_id").notNull(),
  changedAt: instant("changed_at").notNull().default(sql`now()`),
})
