import { defineConfig } from "drizzle-kit"

/**
 * `npx drizzle-kit generate --config server/drizzle.config.ts`, run in the repository's root, writes what changed in the
 * tables as a new migration. Row-level security and partitions are added by hand: see `migrations/README.md`.
 */
export default defineConfig({
  dialect: "postgresql",
  schema: "./server/src/platform/database/schema.ts",
  out: "./server/migrations",
})
