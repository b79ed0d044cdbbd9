import type { RuleAction, RuleMatch } from "@sluice/protocol/routing-rule"
import { boolean, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core"
import { instant, organizations, projects, users } from "./identity.ts"

/** Conditions and actions that change where a project's requests go. */
export const routingRules = pgTable(
  "routing_rules",
  {
    id: uuid("id").primaryKey(),
    organizationId: uuid("organization_id")
      .notNull()
      .references(() => organizations.id, { onDelete: "cascade" }),
    projectId: uuid("project_id")
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    /** Lowest first; among equals the oldest. */
    priority: integer("priority").notNull(),
    enabled: boolean("enabled").notNull(),
    match: jsonb("match").$type<RuleMatch>().notNull(),
    action: jsonb("action").$type<RuleAction>().notNull(),
    /** Grows with every change: what an `If-Match` is compared with. */
    version: integer("version").notNull(),
    createdBy: uuid("created_by").references(() => users.id, { onDelete: "set null" }),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull(),
  },
  (table) => [index("routing_rules_project").on(table.organizationId, table.projectId, table.priority, table.id)],
)
