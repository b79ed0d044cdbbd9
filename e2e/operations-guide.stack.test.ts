import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Installation, startInstallation, until } from "./installation.ts"

const docs = fileURLToPath(new URL("../docs/", import.meta.url))
const guide = readFileSync(`${docs}operations.md`, "utf8")

let installation: Installation
let families: ReadonlyMap<string, ReadonlySet<string>>

beforeAll(async () => {
  installation = await startInstallation()
  families = await until("metrics of every process", async () => {
    const text = await (await fetch(`${installation.metricsUrl}/metrics`)).text()
    return text.includes('process="control"} 1') && text.includes('process="gateway-0"} 1') ? readFamilies(text) : null
  })
})

afterAll(() => installation?.remove())

/** The names of a scrape with the names of their labels, but for a histogram's own `le`. */
function readFamilies(scrape: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, name = ""] of scrape.matchAll(/^# TYPE (\S+) /gm)) found.set(name, new Set())
  for (const [, series = "", labels = ""] of scrape.matchAll(/^([a-z_]+)\{(.*)\} /gm)) {
    const family = found.get(series) ?? found.get(series.replace(/_bucket$/, ""))
    for (const [, label = ""] of labels.matchAll(/([a-z_]+)="/g)) if (label !== "le") family?.add(label)
  }
  return found
}

/** The tables of the guide: `name{label,label}` in the first cell of a row. */
function readTables(text: string): Map<string, Set<string>> {
  const rows = text.matchAll(/^\| `(sluice_[a-z_]+)(?:\{([a-z_,]+)\})?` \|/gm)
  return new Map([...rows].map(([, name = "", labels = ""]) => [name, new Set(labels.split(",").filter(Boolean))]))
}

interface OpenApi {
  readonly paths: Readonly<Record<string, object>>
}

/** `GET|PATCH api-keys/{id}` in code marks, with or without the root before it, one for each method. */
function readRoutes(text: string): readonly string[] {
  const named = text.matchAll(/`([A-Z]{3,6}(?:\|[A-Z]{3,6})*)\s+(?:\/api\/v1\/)?([a-z][a-z/{}_-]*)[`?]/g)
  return [...named].flatMap(([, methods = "", path]) => methods.split("|").map((method) => `${method} ${path}`))
}

/** What looks like a metric of ours; other names begin with `sluice_` too: a cookie, a role, a format. */
const metricShape = /\bsluice_(?:gateway|control|process)_[a-z_]+\b|\bsluice_backup_[a-z_]+\b/g

describe("the operations guide", () => {
  it("explains every metric of a running installation, with its labels, and no other", () => {
    const told = readTables(guide)
    expect([...told.keys()].sort()).toEqual([...families.keys()].sort())
    for (const [name, labels] of families)
      expect([name, [...(told.get(name) ?? [])].sort()]).toEqual([name, [...labels].sort()])
  })

  it("names the unit of each: what is in seconds or bytes says so", () => {
    for (const [, name = "", unit = ""] of guide.matchAll(/^\| `(sluice_[a-z_]+)[^`]*` \| ([^|]+) \|/gm)) {
      if (/_seconds$/.test(name)) expect([name, unit]).toEqual([name, expect.stringContaining("seconds")])
      if (/_bytes(_total)?$/.test(name)) expect([name, unit.trim()]).toEqual([name, "bytes"])
    }
  })
})

describe("every other guide", () => {
  it.each(readdirSync(docs).filter((name) => name.endsWith(".md")))("names only metrics that there are: %s", (name) => {
    const series = readFileSync(docs + name, "utf8").match(metricShape) ?? []
    const strange = series.filter(
      (one) => !families.has(one) && !families.has(one.replace(/_(?:bucket|sum|count)$/, "")),
    )
    expect(strange).toEqual([])
  })
})

describe("a route of the management API that a guide names", () => {
  it("exists, with its method", async () => {
    const document = (await (await fetch(`${installation.apiUrl}/api/v1/openapi.json`)).json()) as OpenApi
    const known = new Set(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace("/api/v1/", "")}`),
      ),
    )
    const named = readdirSync(docs)
      .filter((name) => name.endsWith(".md"))
      .flatMap((name) => readRoutes(readFileSync(docs + name, "utf8")).map((route) => [name, route] as const))
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter(([, route]) => !known.has(route))).toEqual([])
  })
})

describe("what the operations guide says of health", () => {
  it.each([
    ["gateway", "healthz", { status: "ok" }],
    ["gateway", "readyz", { status: "ready", snapshot: { source: "live" } }],
    ["control", "healthz", { status: "ok" }],
    ["control", "readyz", { status: "ready" }],
  ])("holds for %s /%s", async (process, path, body) => {
    const answer = await fetch(`${process === "gateway" ? installation.gatewayUrl : installation.apiUrl}/${path}`)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject(body)
  })
})
