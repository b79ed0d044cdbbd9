/** What a tenant's transaction may do with a table's rows. */
export type Privilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE"

const all: readonly Privilege[] = ["SELECT", "INSERT", "UPDATE", "DELETE"]

/**
 * What the tenants' role is granted, by table. Row-level security decides which rows. Only parents are listed, never
 * partitions: a partition read directly would show every tenant. A table that is not listed is closed to tenants.
 */
export const tenantPrivileges: Readonly<Record<string, readonly Privilege[]>> = {
  organizations: ["SELECT", "UPDATE"],
  workspaces: all,
  projects: all,
  members: all,
  sessions: all,
  data_keys: all,
  api_keys: all,
  credentials: all,
  environment_credential_uses: ["SELECT"],
  routing_rules: all,
  users: ["SELECT"],
  custom_models: all,
  model_pricing: all,
  models: ["SELECT"],
  model_matches: ["SELECT"],
  request_logs: ["SELECT", "INSERT"],
  metric_rollups: ["SELECT"],
  metric_sketches: ["SELECT"],
  metric_sketch_deltas: ["SELECT"],
  dimension_rollups: ["SELECT"],
  rollup_values: ["SELECT"],
  dashboard_summaries: ["SELECT"],
  snapshot_changes: ["INSERT"],
}

/** Columns a tenant may read of a table it may not read whole. */
export const tenantColumns: Readonly<Record<string, readonly string[]>> = {
  // The identity column, so that INSERT … RETURNING can give the version.
  snapshot_changes: ["version"],
}

/** Tables whose rows row-level security does not tell apart, each with the reason. */
export const exemptTables: Readonly<Record<string, string>> = {
  models: "the catalog is the same for every tenant, who may only read it",
  model_matches: "the catalog is the same for every tenant, who may only read it",
  verifications: "made before anyone is known to belong anywhere; closed to tenants",
  installation: "one value per installation; closed to tenants",
  snapshot_changes: "the order of changes is one for the installation; tenants append and see no one's entries",
  gateway_epochs: "gateway processes serve every tenant; closed to tenants",
}
