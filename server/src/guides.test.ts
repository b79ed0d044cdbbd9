import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { UpdateApiKey } from "@sluice/protocol/api/api-keys"
import { CreateCredential } from "@sluice/protocol/api/credentials"
import { CreateCustomModel } from "@sluice/protocol/api/custom-models"
import { CreateRoutingRule } from "@sluice/protocol/api/routing-rules"
import { apiErrors, gatewayErrors } from "@sluice/protocol/error-codes"
import { providerNames } from "@sluice/protocol/providers"
import { RuleAction, ruleSkipReasons } from "@sluice/protocol/routing-rule"
import { describe, expect, it } from "vitest"
import type { z } from "zod"
import { variables } from "./config-variables.ts"
import { commandNames } from "./processes/commands.ts"
import { credentialVariables } from "./provider-variables.ts"
import { providers } from "./providers/registry.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const read = (path: string): string => readFileSync(root + path, "utf8")
const guides = [
  "README.md",
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
]

interface Snippet {
  readonly guide: string
  readonly code: string
}

/** The fenced blocks of all guides in one of these languages. */
const snippetsIn = (...languages: readonly string[]): readonly Snippet[] =>
  guides.flatMap((guide) =>
    [...read(guide).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
      .filter(([, language]) => languages.includes(language ?? ""))
      .map(([, , code]) => ({ guide, code: code ?? "" })),
  )

/** The first cells of a table's rows that hold one name in code marks. */
const namesInTable = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name ?? "")

describe("the guides", () => {
  /** Of compose's own file, of scripts, and of the reader's shell. */
  const others = /^SLUICE_(DATABASE_PASSWORD|FUZZ_\w+|TEST_\w+|KEY|API|GATEWAY|PROVIDER)$/

  it.each(guides)("name no variable that the product does not read: %s", (guide) => {
    const named = read(guide).match(/\bSLUICE_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g) ?? []
    expect(named.filter((name) => !Object.hasOwn(variables, name) && !others.test(name))).toEqual([])
  })

  it.each(guides)("name no command that there is not: %s", (guide) => {
    const commands = read(guide).matchAll(/(?:`|^|npx )sluice ([a-z]+(?:-[a-z]+)*)\b/gm)
    const known = new Set<string>([...commandNames, "help"])
    expect([...commands].map(([, name]) => name ?? "").filter((name) => !known.has(name))).toEqual([])
  })

  it("show shell that a shell can read", () => {
    for (const { guide, code } of snippetsIn("sh")) {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: code, encoding: "utf8" })
      expect([guide, status, stderr]).toEqual([guide, 0, ""])
    }
  })

  it("show JSON that is JSON, and rules that the API takes", () => {
    const schema: z.ZodType = CreateRoutingRule
    for (const { guide, code } of snippetsIn("json")) {
      for (const shown of [JSON.parse(code)].flat()) {
        const parsed = "split" in shown ? RuleAction.safeParse(shown) : schema.safeParse(shown)
        expect([guide, code, parsed.error?.message]).toEqual([guide, code, undefined])
      }
    }
  })

  it("send bodies that the API takes", () => {
    const bodies: readonly (readonly [RegExp, z.ZodType])[] = [
      [/\/api\/v1\/credentials\b/, CreateCredential],
      [/\/api\/v1\/models\/custom\b/, CreateCustomModel],
      [/\/api\/v1\/api-keys\/key_/, UpdateApiKey],
    ]
    const calls = guides.flatMap((guide) => [...read(guide).matchAll(/curl [\s\S]*?-d '([^']+)'/g)])
    const checked = calls.flatMap(([call, body = ""]) => {
      const sent: unknown = JSON.parse(body.replaceAll(/…/g, "0000000000000000"))
      const schema = bodies.find(([path]) => path.test(call))?.[1]
      return schema ? [[call, schema.safeParse(sent).error?.message]] : []
    })
    for (const one of checked) expect(one).toEqual([one[0], undefined])
    expect(checked.length).toBeGreaterThanOrEqual(bodies.length)
  })
})

describe("the index of the documents", () => {
  it("has a line for every guide", () => {
    const index = read("docs/README.md")
    const missing = guides.filter((guide) => guide !== "docs/README.md" && !index.includes(`](${toLink(guide)})`))
    expect(missing).toEqual([])
  })

  it("can trust the numbers of decisions: one each, and the one in its heading", () => {
    for (const name of readdirSync(`${root}docs/decisions`)) {
      const heading = read(`docs/decisions/${name}`).split(".", 1)[0]
      expect([name, heading]).toEqual([name, `# ${Number(name.slice(0, 4))}`])
    }
  })
})

/** A guide as the index links it. */
const toLink = (guide: string): string => (guide.startsWith("docs/") ? guide.slice("docs/".length) : `../${guide}`)

describe("the providers guide", () => {
  it("has every provider with its variables, its root and its header, as the registry says", () => {
    const rows = read("docs/providers.md").matchAll(/^\| `(\w+)` +\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)
    const told = new Map([...rows].map(([, name, keys, base, header]) => [name, { keys, base, header }]))
    expect([...told.keys()].sort()).toEqual([...providerNames].sort())
    for (const name of providerNames) {
      const { keys = "", base = "", header = "" } = told.get(name) ?? {}
      const ownVariables = credentialVariables.filter(([, provider]) => provider === name).map(([variable]) => variable)
      expect([name, keys.match(/[A-Z_]{4,}/g) ?? []]).toEqual([name, ownVariables])
      expect([name, /`(http[^`]+)`/.exec(base)?.[1] ?? null]).toEqual([name, providers[name].baseUrl])
      const { credentialHeader, credentialPrefix } = providers[name]
      const carried = credentialPrefix ? `${credentialHeader}: ${credentialPrefix.trim()}` : credentialHeader
      expect([name, /`([^`]+)`/.exec(header)?.[1]?.toLowerCase()]).toEqual([name, carried.toLowerCase()])
    }
  })
})

describe("the rules guide", () => {
  const guide = read("docs/rules.md")
  const section = (title: string): string => guide.split(`## ${title}\n`)[1]?.split("\n## ")[0] ?? ""

  it("explains every condition and every reason for skipping a rule", () => {
    const { match } = CreateRoutingRule.shape
    const conditions = Object.keys((match as z.ZodDefault<z.ZodObject>).unwrap().shape)
    expect([...namesInTable(section("Conditions"))].sort()).toEqual(conditions.sort())
    expect([...namesInTable(section("When a rule is skipped"))].sort()).toEqual([...ruleSkipReasons].sort())
  })
})

describe("codes of errors", () => {
  it.each(guides)("that are named with a status have that status: %s", (guide) => {
    const known: Readonly<Record<string, number>> = { ...apiErrors, ...gatewayErrors }
    const named = [...read(guide).matchAll(/\b([45]\d\d)\s+`([a-z_]+)`/g)]
    for (const [, status, code = ""] of named) expect([code, known[code]]).toEqual([code, Number(status)])
  })
})
