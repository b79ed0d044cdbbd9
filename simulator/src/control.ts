/** Faults without a number in their name, with what they do (shown by `--help` and the README). */
export const faultNames = {
  hang: "accepts the request and never answers",
  "hang-after": "goes silent after N events (hang-after=N); a plain answer stops half-way",
  cut: "closes the socket half-way through the answer",
  "cut-after": "closes the socket after N events (cut-after=N)",
  "cut-before-headers": "closes the socket before a byte is sent",
  "slow-first-byte": "sends nothing, not even headers, for ms=N milliseconds (30000)",
  "malformed-chunk": "breaks the JSON of an event in the middle (of the body, when plain)",
  "malformed-framing": "breaks the chunked framing half-way",
  "missing-usage": "leaves the token counts out",
  "error-event": "sends the dialect's error inside a stream that began with 200",
  "not-http": "answers with bytes that are not HTTP",
  redirect: "answers 307 to location=...",
} as const

export type FaultName = keyof typeof faultNames

/** Token counts that replace the computed ones; `input` includes what was cached. */
export interface UsageOverride {
  readonly input?: number
  readonly output?: number
  readonly cached?: number
  readonly cacheWrite?: number
  readonly reasoning?: number
}

/** What one request asks of the simulator. Null: nothing asked. */
export interface Control {
  readonly fault: FaultName | null
  /** A failure by its status, 400 to 599. */
  readonly status: number | null
  /** Events sent before `hang-after` and `cut-after` act; null means half of them. */
  readonly after: number | null
  /** True: a cut sends RST instead of FIN. */
  readonly reset: boolean
  readonly slowMs: number
  readonly location: string
  readonly retryAfterSeconds: number | null
  readonly retryAfterDateSeconds: number | null
  readonly retryAfterMs: number | null
  readonly tokens: number | null
  readonly ttftMs: number | null
  readonly interTokenMs: number | null
  readonly eventBytes: number | null
  readonly chunkBytes: number | null
  readonly text: string | null
  readonly usage: UsageOverride
  /** Rate-limit headers to add, lower-case. */
  readonly headers: Readonly<Record<string, string>>
}

/** What a request without `x-simulate` asks. */
export const noControl: Control = {
  fault: null,
  status: null,
  after: null,
  reset: false,
  slowMs: 30_000,
  location: "/v1/models",
  retryAfterSeconds: null,
  retryAfterDateSeconds: null,
  retryAfterMs: null,
  tokens: null,
  ttftMs: null,
  interTokenMs: null,
  eventBytes: null,
  chunkBytes: null,
  text: null,
  usage: {},
  headers: {},
}

const maxEventBytes = 64 * 1024 * 1024
const maxTokens = 1_000_000

type Draft = { -readonly [Field in keyof Control]: Control[Field] }
type Setter = (draft: Draft, value: string, name: string) => void

const setters: Readonly<Record<string, Setter>> = {
  fault: setFault,
  "hang-after": (draft, value, name) => setFault(draft, `${name}=${value}`),
  "cut-after": (draft, value, name) => setFault(draft, `${name}=${value}`),
  reset: (draft, value) => {
    draft.reset = value !== "0" && value !== "false"
  },
  ms: (draft, value, name) => {
    draft.slowMs = whole(name, value, 86_400_000)
  },
  location: (draft, value) => {
    draft.location = decoded(value)
  },
  "retry-after": (draft, value, name) => {
    draft.retryAfterSeconds = whole(name, value, 86_400)
  },
  "retry-after-date": (draft, value, name) => {
    draft.retryAfterDateSeconds = whole(name, value, 86_400)
  },
  "retry-after-ms": (draft, value, name) => {
    draft.retryAfterMs = whole(name, value, 86_400_000)
  },
  tokens: (draft, value, name) => {
    draft.tokens = whole(name, value, maxTokens)
  },
  "ttft-ms": (draft, value, name) => {
    draft.ttftMs = whole(name, value, 86_400_000)
  },
  "inter-token-ms": (draft, value, name) => {
    draft.interTokenMs = whole(name, value, 86_400_000)
  },
  "event-bytes": (draft, value, name) => {
    draft.eventBytes = whole(name, value, maxEventBytes)
  },
  chunk: (draft, value, name) => {
    draft.chunkBytes = Math.max(1, whole(name, value, maxEventBytes))
  },
  text: (draft, value) => {
    draft.text = decoded(value)
  },
  usage: (draft, value) => {
    draft.usage = parseUsage(value)
  },
}

/**
 * Reads `x-simulate`: comma-separated `name=value`, e.g. `fault=429,retry-after=2` or `tokens=5,text=Hello%2C%20you`.
 * A bare name is a fault (`hang` is `fault=hang`). `text` and `location` are percent-decoded.
 * @throws RangeError with a sentence for people when a name is unknown or a value is out of range
 */
export function parseControl(header: string): Control {
  const draft: Draft = { ...noControl, headers: {} }
  for (const part of header.split(",")) {
    const entry = part.trim()
    if (entry === "") continue
    const at = entry.indexOf("=")
    const name = (at < 0 ? "fault" : entry.slice(0, at).trim()).toLowerCase()
    const value = at < 0 ? entry : entry.slice(at + 1).trim()
    const setter = Object.hasOwn(setters, name) ? setters[name] : undefined
    if (setter !== undefined) setter(draft, value, name)
    else if (/^(x|anthropic)-ratelimit-[a-z0-9-]+$/.test(name)) draft.headers = { ...draft.headers, [name]: value }
    else
      throw new RangeError(`x-simulate knows no "${name}"; it knows ${Object.keys(setters).join(", ")}, x-ratelimit-*`)
  }
  return draft
}

function setFault(draft: Draft, value: string): void {
  const at = value.indexOf("=")
  const name = at < 0 ? value : value.slice(0, at)
  if (/^[45]\d\d$/.test(name)) {
    draft.status = Number(name)
    return
  }
  if (!Object.hasOwn(faultNames, name)) {
    const known = Object.keys(faultNames).join(", ")
    throw new RangeError(`x-simulate knows no fault "${name}"; it knows a status from 400 to 599, ${known}`)
  }
  if (at >= 0) draft.after = whole(name, value.slice(at + 1), maxTokens)
  draft.fault = name as FaultName
}

function parseUsage(value: string): UsageOverride {
  const names: Readonly<Record<string, keyof UsageOverride>> = {
    input: "input",
    output: "output",
    cached: "cached",
    "cache-write": "cacheWrite",
    reasoning: "reasoning",
  }
  const usage: { -readonly [Field in keyof UsageOverride]: UsageOverride[Field] } = {}
  for (const entry of value.split(";")) {
    const [name, count] = entry.split(":")
    const field = name !== undefined && Object.hasOwn(names, name.trim()) ? names[name.trim()] : undefined
    if (field === undefined || count === undefined) {
      throw new RangeError(`x-simulate usage is written usage=input:10;output:5 with ${Object.keys(names).join(", ")}`)
    }
    usage[field] = whole(`usage ${field}`, count.trim(), Number.MAX_SAFE_INTEGER)
  }
  return usage
}

function whole(name: string, value: string, max: number): number {
  const count = Number(value)
  if (!/^\d+$/.test(value) || count > max) {
    throw new RangeError(`x-simulate ${name} is a whole number from 0 to ${max}, not "${value}"`)
  }
  return count
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new RangeError(`x-simulate has a broken percent escape in "${value}"`)
  }
}
