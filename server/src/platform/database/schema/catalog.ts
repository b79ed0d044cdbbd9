import { boolean, index, integer, jsonb, numeric, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core"
import { instant } from "./identity.ts"

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
 * `organization_id` null is the list price; a row with one overrides it for that organization.
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
