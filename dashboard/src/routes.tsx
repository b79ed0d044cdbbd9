import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router"
import { Home } from "./components/home.tsx"
import { NotFound } from "./components/not-found.tsx"
import { PageCrash } from "./components/page-crash.tsx"
import { Shell } from "./components/shell.tsx"
import { readFilters } from "./scenes/requests/request-filters.ts"
import { parseSearch, stringifySearch } from "./search.ts"

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageCrash })

const home = createRoute({ getParentRoute: () => root, path: "/", component: Home })

const quickstart = createRoute({
  getParentRoute: () => root,
  path: "/quickstart",
  component: lazyRouteComponent(() => import("./scenes/quickstart/quickstart.tsx"), "Quickstart"),
})

/** The list stays where it is while a request is open beside it; the filters stay in the URL of both. */
const requests = createRoute({
  getParentRoute: () => root,
  path: "/requests",
  validateSearch: readFilters,
  component: lazyRouteComponent(() => import("./scenes/requests/requests.tsx"), "Requests"),
})

const request = createRoute({ getParentRoute: () => requests, path: "$requestId", component: () => null })

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

const tree = root.addChildren([home, quickstart, requests.addChildren([request]), providers, apiKeys])

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
