import type { ProviderName } from "@sluice/protocol/providers"
import { createUuid } from "../../platform/ids.ts"
import { indexCatalog } from "../catalog/hot.ts"
import type { RecordedRequest } from "./recorded-request.ts"
import type { RoutingKnowledge } from "./routing-knowledge.ts"
import type { RoutingRule } from "./routing-rule.ts"

const at = new Date("2025-06-01T12:00:00Z")

/** A rule for tests; later ones come after earlier ones. */
export const exampleRule = (part: Partial<RoutingRule>, position = 1): RoutingRule => ({
  id: createUuid(at.getTime() + position),
  organizationId: createUuid(1),
  projectId: createUuid(2),
  name: `rule ${position}`,
  priority: position * 10,
  enabled: true,
  match: {},
  action: { model: "gpt-4o-mini" },
  version: 1,
  createdAt: at,
  updatedAt: at,
  ...part,
})

const speaks: Partial<Record<ProviderName, "anthropic" | "gemini">> = { anthropic: "anthropic", gemini: "gemini" }
const names: readonly string[] = ["openai", "groq", "anthropic", "gemini", "openrouter", "custom"]

/** A project with credentials for some providers, over a small catalog. */
export const exampleKnowledge = (...reachable: ProviderName[]): RoutingKnowledge => ({
  catalog: indexCatalog({
    models: { openai: ["gpt-4o", "gpt-4o-mini"], groq: ["llama-3.3"], anthropic: ["claude-sonnet"] },
    patterns: [{ pattern: "claude-*", provider: "anthropic" }],
  }),
  reachable: new Set(reachable),
  customModels: new Map(),
  protocolOf: (provider) => speaks[provider] ?? "openai",
  isProviderName: (name): name is ProviderName => names.includes(name),
})

/** A recorded request for tests. */
export const exampleRecorded = (part: Partial<RecordedRequest>, position = 1): RecordedRequest => ({
  id: createUuid(at.getTime() - position),
  startedAt: new Date(at.getTime() - position),
  finishedAt: at,
  environment: "production",
  operation: "chat",
  provider: "openai",
  credentialSource: "stored",
  modelRequested: "gpt-4o",
  modelActual: "gpt-4o",
  modelResponse: "gpt-4o",
  customModelId: null,
  feature: "checkout",
  task: null,
  sessionId: null,
  userId: null,
  metadata: null,
  streaming: false,
  hasTools: false,
  promptBytes: 100,
  ruleId: null,
  costUsd: "0.010000000000",
  usage: {
    input: 1000,
    output: 100,
    cache_read: null,
    cache_write_5m: null,
    cache_write_1h: null,
    reasoning: null,
    audio_input: null,
    audio_output: null,
  },
  usageSource: "provider",
  ...part,
})
