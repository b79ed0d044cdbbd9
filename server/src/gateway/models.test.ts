import type { SnapshotEntity } from "@sluice/protocol/snapshot"
import { describe, expect, it } from "vitest"
import type { HotKey } from "../domains/identity/hot.ts"
import { systemClock } from "../platform/clock.ts"
import { createUuid } from "../platform/ids.ts"
import { answerModels } from "./models.ts"
import { GatewaySnapshot } from "./snapshot/gateway-snapshot.ts"

const project = createUuid(1)
const organization = createUuid(2)

function snapshotWith(providers: readonly ("openai" | "anthropic" | "gemini" | "openrouter")[]): GatewaySnapshot {
  const snapshot = new GatewaySnapshot({ unseal: (sealed) => sealed, clock: systemClock, version: "1", source: "live" })
  const entities: SnapshotEntity[] = [
    { kind: "project", id: project, organization_id: organization, default_provider: null, response_headers: true },
    {
      kind: "catalog",
      id: "catalog",
      models: {
        openai: ["davinci", "gpt-4o", "gpt-4o-mini", "shared"],
        anthropic: ["claude-sonnet-5"],
        gemini: ["gemini-2.5-flash"],
        openrouter: ["shared"],
      },
      unlisted: { openai: ["davinci"] },
      patterns: [{ pattern: "claude-*", provider: "anthropic" }],
    },
  ]
  for (const entity of entities) snapshot.put(entity)
  for (const provider of providers) {
    snapshot.put({
      kind: "credential",
      id: createUuid(3),
      organization_id: organization,
      project_id: project,
      provider,
      source: "stored",
      base_url: null,
      sealed: "",
      priority: 0,
      headers: {},
    })
  }
  return snapshot
}

const keyFor = (models: readonly string[] | null): HotKey => ({ projectId: project, models }) as HotKey
const all = keyFor(null)
const list = { dialect: "v1", model: null } as const
const idsOf = (body: object | null): readonly string[] =>
  (body as { data: readonly { id: string }[] }).data.map(({ id }) => id)

describe("the list of models", () => {
  it("is of live models at providers the project can use, each once, and no patterns", () => {
    expect(idsOf(answerModels(list, snapshotWith(["openai", "openrouter"]), all, false))).toEqual([
      "gpt-4o",
      "gpt-4o-mini",
      "shared",
    ])
    expect(answerModels(list, snapshotWith(["openrouter"]), all, false)).toMatchObject({
      object: "list",
      data: [{ id: "shared", object: "model", owned_by: "openrouter" }],
    })
  })

  it("is of every provider where the project has no credential: callers bring their own", () => {
    expect(idsOf(answerModels(list, snapshotWith([]), all, false))).toContain("claude-sonnet-5")
  })

  it("is of what the key may use", () => {
    const snapshot = snapshotWith(["openai"])
    expect(idsOf(answerModels(list, snapshot, keyFor(["gpt-4o-*"]), false))).toEqual(["gpt-4o-mini"])
    const one = { dialect: "v1", model: "gpt-4o" } as const
    expect(answerModels(one, snapshot, keyFor(["gpt-4o-*"]), false)).toBeNull()
    expect(answerModels(one, snapshot, all, false)).toMatchObject({ id: "gpt-4o" })
    expect(answerModels({ dialect: "v1", model: "davinci" }, snapshot, all, false)).toBeNull()
  })

  it("has Anthropic's shape and models for its clients, and Gemini's for Gemini's", () => {
    const snapshot = snapshotWith(["openai", "anthropic", "gemini"])
    expect(answerModels(list, snapshot, all, true)).toMatchObject({
      data: [{ type: "model", id: "claude-sonnet-5" }],
      has_more: false,
      first_id: "claude-sonnet-5",
      last_id: "claude-sonnet-5",
    })
    expect(answerModels({ dialect: "gemini", model: null }, snapshot, all, false)).toEqual({
      models: [{ name: "models/gemini-2.5-flash", displayName: "gemini-2.5-flash" }],
    })
  })
})
