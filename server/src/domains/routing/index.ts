/** The door of the routing domain: rules that change where requests go. */
export { buildRuleEntities } from "./build-snapshot.ts"
export type { Evaluation } from "./evaluate-request.ts"
export { createKnowRoutes } from "./know-routes.ts"
export type { ExpectedRule } from "./manage-rules.ts"
export { routingPermissions } from "./permissions.ts"
export type { RecordedRequest, RoutePlace } from "./recorded-request.ts"
export type { Replay } from "./replay-requests.ts"
export { createRouting, type JudgedRule, type Routing, type RoutingDeps } from "./routing.ts"
export type { RoutingKnowledge } from "./routing-knowledge.ts"
export type { RoutingRule } from "./routing-rule.ts"
export {
  createRoutingRuleStore,
  type RoutingRuleStore,
  type RulePlace,
  type RulePosition,
} from "./routing-rule-store.ts"
