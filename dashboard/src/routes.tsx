import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router"
import { Home } from "./components/home.tsx"
import { NotFound } from "./components/not-found.tsx"
import { PageCrash } from "./components/page-crash.tsx"
import { Shell } from "./components/shell.tsx"
import { readPeriod } from "./period.ts"
import { readBreakdownSearch } from "./scenes/features/breakdown-search.ts"
import { readModelFilters } from "./scenes/models/model-filters.ts"
import { readFilters } from "./scenes/requests/request-filters.ts"
import { readRuleSearch } from "./scenes/rules/rule-search.ts"
import { parseSearch, stringifySearch } from "./search.ts"

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageCrash })

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home })

const quickstart = createRoute({
  getParentRoute: () => root,
  path: "/quickstart",
  component: lazyRouteComponent(() => import("./scenes/quickstart/quickstart.tsx"), "Quickstart"),
})

const overview = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  validateSearch: readPeriod,
  component: lazyRouteComponent(() => import("./scenes/overview/overview.tsx"), "Overview"),
})

const features = createRoute({
  getParentRoute: () => root,
  path: "/features",
  validateSearch: readBreakdownSearch,
  component: lazyRouteComponent(() => import("./scenes/features/features.tsx"), "Features"),
})

/** The list stays where it is while a request is open beside it; the filters stay in the URL of both. */
const requests = createRoute({
  getParentRoute: () => root,
  path: "/requests",
  validateSearch: readFilters,
  component: lazyRouteComponent(() => import("./scenes/requests/requests.tsx"), "Requests"),
})

const request = createRoute({ getParentRoute: () => requests, path: "$requestId", component: () => null })

const rules = createRoute({
  getParentRoute: () => root,
  path: "/rules",
  validateSearch: readRuleSearch,
  component: lazyRouteComponent(() => import("./scenes/rules/rules.tsx"), "Rules"),
})

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: readModelFilters,
  component: lazyRouteComponent(() => import("./scenes/models/models.tsx"), "Models"),
})

const providers = createRoute({
  getParentRoute: () => root,
  path: "/providers",
  component: lazyRouteComponent(() => import("./scenes/providers/providers.tsx"), "Providers"),
})

const apiKeys = createRoute({
  getParentRoute: () => root,
  path: "/api-keys",
  component: lazyRouteComponent(() => import("./scenes/api-keys/api-keys.tsx"), "ApiKeys"),
})

const tree = root.addChildren([
  home,
  overview,
  quickstart,
  requests.addChildren([request]),
  features,
  rules,
  models,
  providers,
  apiKeys,
])

/** Every page that exists, by its address. */
export function createDashboardRouter() {
  return createRouter({
    routeTree: tree,
    parseSearch,
    stringifySearch,
    defaultPreload: "intent",
    defaultErrorComponent: PageCrash,
    scrollRestoration: false,
  })
}
