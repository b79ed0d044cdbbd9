import type { Operation, Protocol, ProviderName } from "@sluice/protocol/providers"
import type { Random } from "./random.ts"

/** Providers that the demo's traffic goes to. */
export type DemoProvider = Extract<ProviderName, "openai" | "anthropic" | "gemini" | "groq">

/** A model a demo feature uses, and how often. Weights are relative. */
export interface DemoModel {
  readonly provider: DemoProvider
  readonly name: string
  readonly weight: number
}

/** One feature of the invented company whose traffic the demo shows. Tokens are log-normal medians. */
export interface DemoFeature {
  /** Null: requests that nobody tagged. */
  readonly name: string | null
  readonly task: string | null
  readonly weight: number
  readonly operation: Operation
  readonly streamingShare: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** The part of the input that the provider finds in its cache, when it does. */
  readonly cachedShare: number
  readonly hasSessions: boolean
  readonly models: readonly DemoModel[]
}

const chat = { operation: "chat", streamingShare: 0, cachedShare: 0, hasSessions: false } as const

/** The features, from most to least used. */
export const demoFeatures: readonly DemoFeature[] = [
  {
    ...chat,
    name: "support-chat",
    task: "generation",
    weight: 26,
    streamingShare: 0.95,
    inputTokens: 1800,
    outputTokens: 260,
    cachedShare: 0.6,
    hasSessions: true,
    models: [
      { provider: "anthropic", name: "claude-sonnet-5", weight: 3 },
      { provider: "anthropic", name: "claude-haiku-4-5", weight: 1 },
    ],
  },
  {
    ...chat,
    name: "ticket-triage",
    task: "classification",
    weight: 17,
    inputTokens: 420,
    outputTokens: 12,
    models: [
      { provider: "groq", name: "llama-3.3-70b-versatile", weight: 2 },
      { provider: "groq", name: "llama-3.1-8b-instant", weight: 1 },
    ],
  },
  {
    ...chat,
    name: "document-summary",
    task: "summarisation",
    weight: 14,
    streamingShare: 0.3,
    inputTokens: 5200,
    outputTokens: 320,
    models: [
      { provider: "openai", name: "gpt-4o", weight: 2 },
      { provider: "openai", name: "gpt-4o-mini", weight: 3 },
    ],
  },
  {
    ...chat,
    name: "search",
    task: null,
    weight: 14,
    operation: "embeddings",
    inputTokens: 90,
    outputTokens: 0,
    models: [{ provider: "openai", name: "text-embedding-3-small", weight: 1 }],
  },
  {
    ...chat,
    name: "invoice-extraction",
    task: "extraction",
    weight: 11,
    inputTokens: 2400,
    outputTokens: 180,
    models: [{ provider: "gemini", name: "gemini-2.5-flash", weight: 1 }],
  },
  {
    ...chat,
    name: "email-drafts",
    task: "generation",
    weight: 9,
    streamingShare: 0.8,
    inputTokens: 700,
    outputTokens: 210,
    models: [{ provider: "openai", name: "gpt-4o", weight: 1 }],
  },
  {
    ...chat,
    name: "code-review",
    task: "reasoning",
    weight: 6,
    streamingShare: 0.5,
    inputTokens: 3800,
    outputTokens: 900,
    models: [
      { provider: "openai", name: "gpt-5.4-mini", weight: 2 },
      { provider: "gemini", name: "gemini-2.5-pro", weight: 1 },
    ],
  },
  {
    ...chat,
    name: null,
    task: null,
    weight: 3,
    inputTokens: 300,
    outputTokens: 120,
    models: [{ provider: "openai", name: "gpt-4o-mini", weight: 1 }],
  },
]

/** How a provider is spoken to, and how fast it usually is, in milliseconds. */
export const demoProviders: Readonly<
  Record<DemoProvider, { readonly protocol: Protocol; readonly firstTokenMs: number; readonly tokenMs: number }>
> = {
  openai: { protocol: "openai", firstTokenMs: 420, tokenMs: 14 },
  anthropic: { protocol: "anthropic", firstTokenMs: 610, tokenMs: 17 },
  gemini: { protocol: "gemini", firstTokenMs: 380, tokenMs: 9 },
  groq: { protocol: "openai", firstTokenMs: 130, tokenMs: 3 },
}

/** One of the list, as often as its weight says. The list is not empty. */
export function pickWeighted<T extends { readonly weight: number }>(list: readonly T[], random: Random): T {
  let left = random.next() * list.reduce((sum, element) => sum + element.weight, 0)
  for (const element of list) {
    left -= element.weight
    if (left < 0) return element
  }
  return list.at(-1)!
}

/** The feature of that name. */
export const demoFeature = (name: string): DemoFeature => demoFeatures.find((feature) => feature.name === name)!
