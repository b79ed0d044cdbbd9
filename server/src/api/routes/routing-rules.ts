import { createRoute } from "@hono/zod-openapi"
import { type Page, PageQuery } from "@sluice/protocol/api/common"
import {
  CreateRoutingRule,
  EvaluateRoutingRules,
  type EvaluationBody,
  ReorderRoutingRules,
  type ReplayBody,
  ReplayRoutingRules,
  type RoutingRuleBody,
  UpdateRoutingRule,
} from "@sluice/protocol/api/routing-rules"
import { fromPublicId } from "@sluice/protocol/ids"
import { z } from "zod"
import type { JudgedRule, Routing, RulePosition } from "../../domains/routing/index.ts"
import { invalidCursor, validationFailed } from "../../platform/errors.ts"
import type { Cursors } from "../cursor.ts"
import {
  EvaluationSchema,
  presentEvaluation,
  presentReplay,
  presentRoutingRule,
  ReplaySchema,
  RoutingRuleSchema,
} from "../presenters/routing-rule.ts"
import {
  type ApiContext,
  accepts,
  actorOf,
  answers,
  createRoutes,
  failures,
  idParameter,
  NoQuery,
  needs,
  readId,
} from "../route.ts"
import { pageSchema } from "../schemas.ts"
import { readVersionTag, toVersionTag } from "../version-tag.ts"

/** What the routes of routing rules take: the domain's verbs, with their dependencies filled in. */
export type RoutingRuleRoutesDeps = Routing & { readonly cursors: Cursors }

/**
 * `GET|POST routing-rules`, `GET|PATCH|DELETE routing-rules/{id}`, `POST routing-rules/evaluate`, `…/replay`, `…/reorder`.
 */
export function routingRuleRoutes(deps: RoutingRuleRoutesDeps) {
  const routes = createRoutes()
  const listed = (context: ApiContext, page: { readonly items: readonly JudgedRule[]; readonly hasMore: boolean }) => {
    const last = page.items.at(-1)?.rule
    const list = `routing-rules:${actorOf(context).project.id}`
    const next = page.hasMore && last ? deps.cursors.sign(list, `${last.priority}:${last.id}`) : null
    return { data: page.items.map(presentRoutingRule), next_cursor: next, has_more: page.hasMore }
  }

  routes.openapi(listRoute, async (context) => {
    const actor = actorOf(context)
    const { limit, cursor } = context.req.valid("query")
    const after = cursor ? toPosition(deps.cursors.read(`routing-rules:${actor.project.id}`, cursor)) : null
    return context.json(listed(context, await deps.listRules(actor, { limit, after })), 200)
  })

  routes.openapi(createRuleRoute, async (context) => {
    const judged = await deps.createRule(actorOf(context), context.req.valid("json"))
    return context.json(presentRoutingRule(judged), 201, tagOf(judged))
  })

  routes.openapi(getRoute, async (context) => {
    const judged = await deps.findRule(actorOf(context), idOf(context.req.valid("param").id))
    return context.json(presentRoutingRule(judged), 200, tagOf(judged))
  })

  routes.openapi(updateRoute, async (context) => {
    const expected = expectedOf(context, context.req.valid("param").id)
    const judged = await deps.changeRule(actorOf(context), expected, context.req.valid("json"))
    return context.json(presentRoutingRule(judged), 200, tagOf(judged))
  })

  routes.openapi(deleteRoute, async (context) => {
    await deps.deleteRule(actorOf(context), expectedOf(context, context.req.valid("param").id))
    return context.body(null, 204)
  })

  routes.openapi(reorderRoute, async (context) => {
    const ids = readIds(context.req.valid("json").ids)
    const items = await deps.reorderRules(actorOf(context), ids)
    return context.json(listed(context, { items, hasMore: false }), 200)
  })

  routes.openapi(evaluateRoute, async (context) => {
    const evaluation = await deps.evaluateRequest(actorOf(context), context.req.valid("json"))
    return context.json(presentEvaluation(evaluation), 200)
  })

  routes.openapi(replayRoute, async (context) => {
    const replay = await deps.replayRequests(actorOf(context), context.req.valid("json"))
    return context.json(presentReplay(replay), 200)
  })

  return routes
}

const idOf = (id: string): string => readId("routingRule", id, "routing rule")

const tagOf = ({ rule }: JudgedRule) => ({ etag: toVersionTag(rule.version) })

const expectedOf = (context: ApiContext, id: string) => ({
  id: idOf(id),
  version: readVersionTag(context.req.header("if-match")),
})

function toPosition(text: string): RulePosition {
  const [, priority, id] = /^(\d+):(.+)$/.exec(text) ?? []
  if (priority === undefined || id === undefined) throw invalidCursor()
  return { priority: Number(priority), id }
}

/** @throws ApiError `validation_failed` naming each that is no id of a rule */
function readIds(ids: readonly string[]): string[] {
  const read = ids.map((id) => fromPublicId("routingRule", id))
  const mistakes = read.flatMap((id, index) =>
    id === null ? [{ field: `ids.${index}`, message: "is no id of a routing rule (rul_…)" }] : [],
  )
  if (mistakes.length > 0) throw validationFailed(mistakes)
  return read.filter((id) => id !== null)
}

const shared = { tags: ["Routing rules"] }

const IfMatch = z.object({
  "if-match": z
    .string()
    .max(64)
    .optional()
    .meta({ description: "The `ETag` the rule was read with; when it has changed since, the answer is 412." }),
})

const listRoute = createRoute({
  ...shared,
  ...needs("routing-rule:read"),
  method: "get",
  path: "/routing-rules",
  operationId: "listRoutingRules",
  summary: "The project's routing rules in the order in which they are tried",
  request: { query: PageQuery },
  responses: {
    200: answers<Page<RoutingRuleBody>>(pageSchema(RoutingRuleSchema), "A page of rules."),
    ...failures(400, 401, 403),
  },
})

const createRuleRoute = createRoute({
  ...shared,
  ...needs("routing-rule:write"),
  method: "post",
  path: "/routing-rules",
  operationId: "createRoutingRule",
  summary: "Makes a routing rule; enabled, it holds in every gateway process within a second",
  request: { query: NoQuery, body: accepts(CreateRoutingRule) },
  responses: {
    201: answers<RoutingRuleBody>(RoutingRuleSchema, "The rule, with warnings of what will keep it from working."),
    ...failures(400, 401, 403, 409),
  },
})

const getRoute = createRoute({
  ...shared,
  ...needs("routing-rule:read"),
  method: "get",
  path: "/routing-rules/{id}",
  operationId: "getRoutingRule",
  summary: "One routing rule",
  request: { query: NoQuery, params: idParameter("routingRule") },
  responses: { 200: answers<RoutingRuleBody>(RoutingRuleSchema, "The rule."), ...failures(400, 401, 403, 404) },
})

const updateRoute = createRoute({
  ...shared,
  ...needs("routing-rule:write"),
  method: "patch",
  path: "/routing-rules/{id}",
  operationId: "updateRoutingRule",
  summary: "Changes what is given of a rule; `match` and `action` are replaced as a whole",
  request: {
    query: NoQuery,
    params: idParameter("routingRule"),
    headers: IfMatch,
    body: accepts(UpdateRoutingRule),
  },
  responses: {
    200: answers<RoutingRuleBody>(RoutingRuleSchema, "The rule as it is now."),
    ...failures(400, 401, 403, 404, 412),
  },
})

const deleteRoute = createRoute({
  ...shared,
  ...needs("routing-rule:write"),
  method: "delete",
  path: "/routing-rules/{id}",
  operationId: "deleteRoutingRule",
  summary: "Deletes a rule",
  request: { query: NoQuery, params: idParameter("routingRule"), headers: IfMatch },
  responses: { 204: { description: "It is deleted." }, ...failures(400, 401, 403, 404, 412) },
})

const reorderRoute = createRoute({
  ...shared,
  ...needs("routing-rule:write"),
  method: "post",
  path: "/routing-rules/reorder",
  operationId: "reorderRoutingRules",
  summary: "Puts all rules of the project in the given order",
  request: { query: NoQuery, body: accepts(ReorderRoutingRules) },
  responses: {
    200: answers<Page<RoutingRuleBody>>(pageSchema(RoutingRuleSchema), "The rules in their new order."),
    ...failures(400, 401, 403, 409),
  },
})

const evaluateRoute = createRoute({
  ...shared,
  ...needs("routing-rule:read"),
  method: "post",
  path: "/routing-rules/evaluate",
  operationId: "evaluateRoutingRules",
  summary: "What the rules would do with a request, and why each of them did or did not match; nothing is sent",
  request: { query: NoQuery, body: accepts(EvaluateRoutingRules) },
  responses: { 200: answers<EvaluationBody>(EvaluationSchema, "The decision."), ...failures(400, 401, 403) },
})

const replayRoute = createRoute({
  ...shared,
  ...needs("routing-rule:replay"),
  method: "post",
  path: "/routing-rules/replay",
  operationId: "replayRoutingRules",
  summary: "What the rules would do with the newest recorded requests, and an estimate of what that would cost",
  request: { query: NoQuery, body: accepts(ReplayRoutingRules) },
  responses: { 200: answers<ReplayBody>(ReplaySchema, "What would happen."), ...failures(400, 401, 403) },
})
