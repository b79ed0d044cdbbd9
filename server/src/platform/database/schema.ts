/** Every table, for the query builder and the migration generator. */
export * from "./schema/catalog.ts"
export * from "./schema/identity.ts"
export * from "./schema/insights.ts"
export * from "./schema/requests.ts"
export * from "./schema/routing.ts"
