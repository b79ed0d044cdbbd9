import { and, desc, eq, gte, type SQL, sql } from "drizzle-orm"
import type { Database } from "../../platform/database/database.ts"
import { requestLogs } from "../../platform/database/schema.ts"
import type { Request } from "./request.ts"
import type { RequestScope } from "./request-store.ts"

/** A request that failed, as far as a list shows it. */
export interface Failure
  extends Pick<
    Request,
    "id" | "finishedAt" | "status" | "errorCode" | "errorCategory" | "feature" | "provider" | "latencyMs"
  > {
  /** The one that was called, or the one that was asked for. */
  readonly model: string | null
}

/** Requests that failed: a status of 400 or above, or an answer that broke off. */
export interface FailureStore {
  /** Newest first, of those that finished from `since` on. */
  list(scope: RequestScope, query: { readonly since: Date; readonly limit: number }): Promise<readonly Failure[]>
}

/** In the words of the index that only such rows are in. */
export const isFailed: SQL = sql`(status >= 400 OR error_category IS NOT NULL)`

/** Failed requests, read as the tenant they belong to. */
export const createFailureStore = (db: Pick<Database, "inTenant">): FailureStore => ({
  list: ({ organizationId, projectId }, { since, limit }) =>
    db.inTenant(organizationId, async (tx) => {
      const { id, finishedAt, status, errorCode, errorCategory, feature, provider, latencyMs } = requestLogs
      const rows = await tx
        .select({
          ...{ id, finishedAt, status, errorCode, errorCategory, feature, provider, latencyMs },
          model: sql<string | null>`coalesce(${requestLogs.modelActual}, ${requestLogs.modelRequested})`,
        })
        .from(requestLogs)
        .where(
          and(
            eq(requestLogs.organizationId, organizationId),
            eq(requestLogs.projectId, projectId),
            isFailed,
            gte(requestLogs.finishedAt, since),
          ),
        )
        .orderBy(desc(requestLogs.id))
        .limit(limit)
      return rows.map((row) => ({ ...row, errorCategory: row.errorCategory as Failure["errorCategory"] }))
    }),
})
