import {
  boolean,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core"
import { instant, organizations, projects } from "./identity.ts"

/** Models the installation knows of. Global: the same for every tenant. */
export const models = pgTable(
  "models",
  {
    provider: text("provider").notNull(),
    /** The name a caller writes. */
    name: text("name").notNull(),
    title: text("title").notNull(),
    contextWindow: integer("context_window"),
    deprecated: boolean("deprecated").notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.provider, table.name] })],
)

/** How a model name finds its entry when it is not an exact name: rules as the price source gives them, in order. */
export const modelMatches = pgTable(
  "model_matches",
  {
    provider: text("provider").notNull(),
    position: integer("position").notNull(),
    model: text("model").notNull(),
    match: jsonb("match").notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.position] })],
)

/**
 * What a token costs, by version. A price holds from `effective_from` until `effective_to` (null: still). Rates are USD per
 * token, exact. `tiers` and the rarer units are in `rates`, per token too, exact decimal strings.
 * `organization_id` null is the list price; a row with one overrides it for that organization. The price of a custom model is
 * its organization's, under the model's id.
 */
export const modelPricing = pgTable(
  "model_pricing",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id"),
    provider: text("provider").notNull(),
    model: text("model").notNull(),
    version: text("version").notNull(),
    inputPerToken: numeric("input_per_token", { precision: 24, scale: 15 }),
    outputPerToken: numeric("output_per_token", { precision: 24, scale: 15 }),
    cacheReadPerToken: numeric("cache_read_per_token", { precision: 24, scale: 15 }),
    cacheWritePerToken: numeric("cache_write_per_token", { precision: 24, scale: 15 }),
    rates: jsonb("rates").notNull().default({}),
    source: text("source").notNull(),
    effectiveFrom: instant("effective_from").notNull(),
    effectiveTo: instant("effective_to"),
  },
  (table) => [index("model_pricing_lookup").on(table.provider, table.model, table.effectiveFrom)],
)

/**
 * Models that projects bring along. The credential is named without a foreign key: it may belong to the installation or come
 * from the environment, and a model whose credential is gone answers so, rather than go with it or use another server's.
 */
export const customModels = pgTable(
  "custom_models",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** What callers ask for. */
    name: text("name").notNull(),
    provider: text("provider").notNull(),
    upstreamModel: text("upstream_model").notNull(),
    credentialId: uuid("credential_id"),
    baseUrl: text("base_url"),
    contextWindow: integer("context_window"),
    description: text("description"),
    /** Grows with every change; what an entity tag says. */
    revision: integer("revision").notNull().default(1),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [
    uniqueIndex("custom_models_name").on(table.projectId, table.name),
    index("custom_models_project").on(table.organizationId, table.projectId, table.id),
  ],
)
