/** .dependency-cruiser.cjs: the import law. Names match ARCHITECTURE.md. */
const domains = "^server/src/domains/"
const storage = "^server/src/platform/(database/|queue\\.ts$)"
const tests = "\\.(test|bench)\\.tsx?$"

/** Which domain may ask which. Keep it a DAG; read it top to bottom. */
const mayAsk = {
  identity: [],
  limits: [],
  catalog: ["identity"],
  routing: ["identity", "catalog"],
  requests: ["identity", "catalog", "routing"],
  notifications: ["identity"],
  insights: ["identity", "catalog", "routing", "requests", "notifications"],
  budgets: ["identity", "catalog", "requests", "insights", "notifications"],
  governance: ["identity", "catalog", "requests", "notifications"],
  traces: ["identity", "catalog", "requests"],
  datasets: ["identity", "traces"],
  graders: ["identity"],
  judges: ["identity", "catalog", "graders", "traces", "datasets"],
  evaluations: ["identity", "catalog", "traces", "datasets", "graders", "judges", "notifications"],
  billing: ["identity", "catalog", "requests", "evaluations"],
  learning: ["identity"],
}

const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to })

module.exports = {
  forbidden: [
    rule(
      "no-cycles",
      "A cycle means two files are one file.",
      {},
      {
        circular: true,
        viaOnly: { dependencyTypesNot: ["type-only"] },
      },
    ),

    rule(
      "every-import-resolves",
      "What cannot be followed cannot be judged.",
      // The clients of others have a package.json of their own, installed where their test runs.
      { path: "^(protocol|server|dashboard|simulator|cli|sdks|e2e)/", pathNot: "^e2e/clients/" },
      { couldNotResolve: true },
    ),

    // Parts
    rule(
      "protocol-is-a-leaf",
      "protocol/ is what everyone agrees on; it knows no one.",
      { path: "^protocol/" },
      { path: "^(server|dashboard|cli|sdks|simulator|e2e)/" },
    ),
    rule(
      "sdk-knows-protocol-only",
      "An SDK ships to strangers.",
      { path: "^sdks/" },
      { path: "^(server|dashboard|cli)/" },
    ),
    rule(
      "clients-use-the-sdk",
      "dashboard/ and cli/ are customers of the public API.",
      { path: "^(dashboard|cli)/" },
      { path: "^server/" },
    ),
    rule(
      "server-serves",
      "server/ never imports a client; processes/ may hand the SDK to cold code.",
      { path: "^server/" },
      { path: "^(dashboard|cli|sdks)/", pathNot: "^sdks/typescript/src/index\\.ts$" },
    ),
    rule(
      "only-processes-hold-the-sdk",
      "Judges receive `complete`; they do not build clients.",
      { path: "^server/src/", pathNot: "^server/src/processes/" },
      { path: "^sdks/" },
    ),

    // Hot path
    rule(
      "hot-path-never-reaches-storage",
      "No query on the request path, however indirect.",
      {
        path: "^server/src/(gateway|providers)/|^server/src/processes/gateway\\.ts$|^server/src/domains/[^/]+/hot\\.ts$",
        pathNot: tests,
      },
      { path: storage, reachable: true },
    ),
    rule(
      "hot-path-loads-no-driver",
      "Nor any package that holds one.",
      {
        path: "^server/src/(gateway|providers)/|^server/src/processes/gateway\\.ts$|^server/src/domains/[^/]+/hot\\.ts$",
        pathNot: tests,
      },
      { path: "node_modules/(pg|pg-boss|drizzle-orm|better-auth|@better-auth|@electric-sql)/", reachable: true },
    ),
    rule(
      "drivers-live-in-stores",
      "Only stores and platform/database hold a driver.",
      { path: "^server/src/", pathNot: ["-store\\.ts$", "^server/src/platform/", tests] },
      { path: "node_modules/(pg|pg-boss|drizzle-orm|@electric-sql)/" },
    ),
    rule(
      "gateway-sees-hot-surfaces-only",
      "A domain's hot.ts is all the gateway may know of it.",
      { path: "^server/src/gateway/" },
      { path: domains, pathNot: "^server/src/domains/[^/]+/hot\\.ts$" },
    ),
    rule(
      "providers-are-strangers",
      "A provider adapter could be published alone.",
      { path: "^server/src/providers/([^/]+)/" },
      {
        path: "^server/src/",
        pathNot: ["^server/src/providers/$1/", "^server/src/providers/[^/]+\\.ts$", "^server/src/platform/http\\.ts$"],
      },
    ),
    rule(
      "the-contract-stands-alone",
      "providers/provider.ts would make sense in an empty repository.",
      { path: "^server/src/providers/[^/]+\\.ts$", pathNot: tests },
      { path: "^server/src/", pathNot: "^server/src/(providers/|platform/http\\.ts$)" },
    ),

    // Layers
    rule(
      "domains-know-no-entry-point",
      "Business rules do not know who calls them.",
      { path: domains },
      { path: "^server/src/(gateway|providers|api|worker|processes)/|^server/src/main\\.ts$" },
    ),
    rule(
      "entry-points-are-siblings",
      "gateway/, api/ and worker/ meet only in processes/.",
      { path: "^server/src/(gateway|api|worker)/" },
      { path: "^server/src/(gateway|api|worker|processes)/", pathNot: "^server/src/$1/" },
    ),
    rule(
      "cold-code-does-not-call-providers",
      "Judges and evaluations pay the toll: they call the gateway.",
      { path: "^server/src/(api|worker)/" },
      { path: "^server/src/providers/" },
    ),
    rule(
      "platform-is-a-leaf",
      "platform/ is plumbing without opinions.",
      { path: "^server/src/platform/", pathNot: tests },
      { path: "^server/src/", pathNot: "^server/src/(platform/|config\\.ts$)" },
    ),
    rule(
      "sql-lives-in-stores",
      "Only *-store.ts files talk to a database.",
      { path: "^server/src/(domains|api|worker)/", pathNot: ["-store\\.ts$", tests] },
      { path: "^server/src/platform/database/" },
    ),
    rule(
      "enter-a-domain-by-its-door",
      "Import index.ts, not the furniture.",
      { path: "^server/src/(api|worker)/" },
      { path: domains, pathNot: "^server/src/domains/[^/]+/index\\.ts$" },
    ),
    rule(
      "only-tests-import-testing",
      "Factories and fakes stay out of production.",
      { path: "^server/src/", pathNot: [tests, "^server/src/testing/"] },
      { path: "^server/src/testing/" },
    ),

    // Dashboard
    rule(
      "scenes-are-siblings",
      "A page never imports another page.",
      { path: "^dashboard/src/scenes/([^/]+)/" },
      { path: "^dashboard/src/scenes/", pathNot: "^dashboard/src/scenes/$1/" },
    ),
    rule(
      "components-know-no-scene",
      "Shared pieces do not know where they are used.",
      { path: "^dashboard/src/components/" },
      { path: "^dashboard/src/scenes/" },
    ),

    // Domain order
    ...Object.entries(mayAsk).map(([domain, others]) =>
      rule(
        `${domain}-may-ask`,
        others.length ? `Only: ${others.join(", ")}.` : "No one.",
        { path: `${domains}${domain}/` },
        { path: domains, pathNot: [`${domains}${domain}/`, ...others.map((o) => `${domains}${o}/(index|hot)\\.ts$`)] },
      ),
    ),
    rule(
      "every-domain-is-listed",
      "Add a new domain to mayAsk.",
      { path: domains, pathNot: `${domains}(${Object.keys(mayAsk).join("|")})/` },
      {},
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "default"] },
  },
}
