import { timeOfUuid } from "@sluice/protocol/ids"
import { and, between, desc, eq, getTableColumns, gte, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm"
import type { Database, Transaction } from "../../platform/database/database.ts"
import { apiKeys, requestLogs } from "../../platform/database/schema.ts"
import type { ListPage } from "../identity/index.ts"
import type { RecordedRequest } from "../routing/index.ts"
import { type Request, type RequestFilters, toStatusRange, untagged } from "./request.ts"

/** Whose requests. */
export interface RequestScope {
  readonly organizationId: string
  readonly projectId: string
}

/** A page of a project's requests, newest first. */
export interface RequestsPage extends RequestFilters {
  readonly limit: number
  /** The last request already seen: its UUID. */
  readonly after: string | null
}

/** Stored requests of one project. */
export interface RequestStore {
  /** Newest first by the id, which begins with the time of the start; a page stays what it was when newer ones arrive. */
  list(scope: RequestScope, page: RequestsPage): Promise<ListPage<Request>>
  /** The newest, for a replay of routing rules: newest first, at most `limit`, by the index that lists them. */
  listRecorded(scope: RequestScope, limit: number): Promise<RecordedRequest[]>
  /** Null when the project has no such request. */
  find(scope: RequestScope, id: string): Promise<Request | null>
}

/** Stored requests, read as the tenant they belong to. */
export function createRequestStore(db: Pick<Database, "inTenant">): RequestStore {
  return {
    list: (scope, page) =>
      db.inTenant(scope.organizationId, async (tx) => {
        const rows = await selectRequests(tx, listCondition(scope, page))
          .orderBy(desc(requestLogs.id))
          .limit(page.limit + 1)
        return { items: rows.slice(0, page.limit).map(toRequest), hasMore: rows.length > page.limit }
      }),
    listRecorded: (scope, limit) =>
      db.inTenant(scope.organizationId, async (tx) => {
        const rows = await tx
          .select()
          .from(requestLogs)
          .where(inScope(scope))
          .orderBy(desc(requestLogs.id))
          .limit(limit)
        return rows.map(toRecorded)
      }),
    find: (scope, id) =>
      db.inTenant(scope.organizationId, async (tx) => {
        const wanted = and(inScope(scope), eq(requestLogs.id, id))
        const [near] = await selectRequests(tx, and(wanted, finishedNear(id)))
        if (near) return toRequest(near)
        // A clock was wrong, or the exchange took days.
        const [found] = await selectRequests(tx, wanted)
        return found ? toRequest(found) : null
      }),
  }
}

const dayMs = 24 * 60 * 60 * 1000

/** The days in which an exchange that began when its id says can have ended: the others need not be looked into. */
function finishedNear(id: string): SQL | undefined {
  const startedAt = timeOfUuid(id)
  if (startedAt > Date.parse("9999-01-01T00:00:00Z")) return undefined
  return between(requestLogs.finishedAt, new Date(startedAt - dayMs), new Date(startedAt + 2 * dayMs))
}

const inScope = ({ organizationId, projectId }: RequestScope): SQL | undefined =>
  and(eq(requestLogs.organizationId, organizationId), eq(requestLogs.projectId, projectId))

function listCondition(
  scope: RequestScope,
  { feature, model, provider, status, after }: RequestsPage,
): SQL | undefined {
  const range = status === null ? null : toStatusRange(status)
  return and(
    inScope(scope),
    after === null ? undefined : lt(requestLogs.id, after),
    feature === null
      ? undefined
      : feature === untagged
        ? isNull(requestLogs.feature)
        : eq(requestLogs.feature, feature),
    provider === null ? undefined : eq(requestLogs.provider, provider),
    model === null
      ? undefined
      : or(
          eq(requestLogs.modelRequested, model),
          eq(requestLogs.modelActual, model),
          eq(requestLogs.modelResponse, model),
        ),
    range ? and(gte(requestLogs.status, range.from), lte(requestLogs.status, range.to)) : undefined,
  )
}

/** Without the columns that serve our own accounts. */
const {
  organizationId: _,
  epoch: __,
  seq: ___,
  spanId: ____,
  rolledUp: _____,
  ...shownColumns
} = getTableColumns(requestLogs)

const selectRequests = (tx: Transaction, condition: SQL | undefined) =>
  tx
    .select({ ...shownColumns, keyName: sql<string | null>`${apiKeys.name}` })
    .from(requestLogs)
    .leftJoin(apiKeys, eq(apiKeys.id, requestLogs.keyId))
    .where(condition)
    .$dynamic()

type Row = Awaited<ReturnType<typeof selectRequests>>[number]

/** Only `ExchangeRecord`s are ever stored, so that texts and JSON are what that schema lets in. */
const toRequest = (row: Row): Request => ({
  ...row,
  credentialSource: row.credentialSource as Request["credentialSource"],
  errorCategory: row.errorCategory as Request["errorCategory"],
  errorSource: row.errorSource as Request["errorSource"],
  usageSource: row.usageSource as Request["usageSource"],
  costUnknownReason: row.costUnknownReason as Request["costUnknownReason"],
  metadata: row.metadata as Request["metadata"],
  ruleSkipped: row.ruleSkipped as Request["ruleSkipped"],
  quality: row.quality as Request["quality"],
})

const toRecorded = (row: typeof requestLogs.$inferSelect): RecordedRequest => ({
  ...row,
  credentialSource: row.credentialSource as RecordedRequest["credentialSource"],
  metadata: row.metadata as RecordedRequest["metadata"],
  usage: {
    input: row.inputTokens,
    output: row.outputTokens,
    cache_read: row.cacheReadTokens,
    cache_write_5m: row.cacheWrite5mTokens,
    cache_write_1h: row.cacheWrite1hTokens,
    reasoning: row.reasoningTokens,
    audio_input: row.audioInputTokens,
    audio_output: row.audioOutputTokens,
  },
})
