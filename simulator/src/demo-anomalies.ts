const minute = 60_000
const hour = 60 * minute

/** Something that goes wrong in the demo's history on purpose, placed by its distance from the moment of seeding. */
export interface DemoAnomaly {
  readonly name: "cost-spike" | "latency-spike" | "error-burst" | "runaway-loop"
  /** What a detector should see rise. */
  readonly metric: "cost" | "latency" | "error_rate" | "traffic"
  readonly feature: string
  readonly provider: string
  readonly startsBeforeMs: number
  readonly lastsMs: number
  /** Requests on top of the usual traffic, spread over the time. */
  readonly extraRequests: number
  readonly inputFactor: number
  readonly latencyFactor: number
  /** The part of the feature's requests that fails meanwhile. */
  readonly errorShare: number
  /** The model every request of the feature has meanwhile; null leaves the usual ones. */
  readonly model: string | null
  readonly story: string
}

/** The known anomalies, oldest first. The last is still going on at the moment of seeding. */
export const demoAnomalies: readonly DemoAnomaly[] = [
  {
    name: "cost-spike",
    metric: "cost",
    feature: "document-summary",
    provider: "openai",
    startsBeforeMs: 5 * 24 * hour + 2 * hour,
    lastsMs: hour,
    extraRequests: 90,
    inputFactor: 10,
    latencyFactor: 1.6,
    errorShare: 0,
    model: "gpt-4o",
    story: "A release sends whole documents instead of excerpts, and all of them to the large model.",
  },
  {
    name: "latency-spike",
    metric: "latency",
    feature: "support-chat",
    provider: "anthropic",
    startsBeforeMs: 3 * 24 * hour + 4 * hour,
    lastsMs: 2 * hour,
    extraRequests: 160,
    inputFactor: 1,
    latencyFactor: 5,
    errorShare: 0,
    model: null,
    story: "The provider answers five times slower than usual for two hours.",
  },
  {
    name: "error-burst",
    metric: "error_rate",
    feature: "ticket-triage",
    provider: "groq",
    startsBeforeMs: 30 * hour,
    lastsMs: 90 * minute,
    extraRequests: 150,
    inputFactor: 1,
    latencyFactor: 1,
    errorShare: 0.7,
    model: null,
    story: "The provider is overloaded and refuses seven requests in ten with 429 and 503.",
  },
  {
    name: "runaway-loop",
    metric: "traffic",
    feature: "invoice-extraction",
    provider: "gemini",
    startsBeforeMs: 40 * minute,
    lastsMs: 40 * minute,
    extraRequests: 140,
    inputFactor: 3,
    latencyFactor: 1,
    errorShare: 0,
    model: "gemini-2.5-pro",
    story: "A retry loop sends one invoice over and over, to a model ten times the usual price.",
  },
]
