import type { Answer } from "./answer.ts"
import type { Control } from "./control.ts"
import { type Distribution, sample } from "./distribution.ts"
import { compress, compressPieces, type Encoding } from "./encoding.ts"
import { renderErrorEvent } from "./failure.ts"
import type { Random } from "./random.ts"

/** How an answer goes on the wire: its bytes, when, and how it ends. */
export type Delivery =
  | { readonly kind: "hang" }
  | { readonly kind: "cut"; readonly reset: boolean }
  | { readonly kind: "not-http" }
  | AnswerDelivery

export interface AnswerDelivery {
  readonly kind: "answer"
  readonly status: number
  readonly headers: readonly string[]
  readonly pieces: readonly Buffer[]
  /** Milliseconds before the head. */
  readonly waitMs: number
  /** Milliseconds before each piece; null means none anywhere. */
  readonly gapsMs: readonly number[] | null
  /** True: every piece is a socket write of its own. */
  readonly separate: boolean
  readonly ending: "end" | "cut" | "reset" | "hang" | "bad-framing"
}

/** How fast the model is, in milliseconds. A plain answer comes when its last token would have. */
export interface Pace {
  readonly timeToFirstToken: Distribution
  readonly interToken: Distribution
}

export interface DeliveryOptions {
  readonly control: Control
  readonly encoding: Encoding | null
  readonly pace: Pace
  readonly random: Random
}

const contentTypes = {
  plain: "application/json",
  "gemini-json": "application/json",
  chat: "text/event-stream; charset=utf-8",
  responses: "text/event-stream; charset=utf-8",
  anthropic: "text/event-stream; charset=utf-8",
  "gemini-sse": "text/event-stream",
} as const

/** Plans the delivery of an answer, with the fault that was asked for. A promise only where a stream is compressed. */
export function planDelivery(answer: Answer, options: DeliveryOptions): Delivery | Promise<Delivery> {
  const { control } = options
  if (control.fault === "hang") return { kind: "hang" }
  if (control.fault === "cut-before-headers") return { kind: "cut", reset: control.reset }
  if (control.fault === "not-http") return { kind: "not-http" }
  const { rendered } = answer
  const headers = [
    "content-type",
    (rendered.kind === "plain" ? rendered.contentType : null) ??
      contentTypes[rendered.kind === "plain" ? "plain" : rendered.format],
    ...answer.headers,
  ]
  if (options.encoding !== null) headers.push("content-encoding", options.encoding, "vary", "accept-encoding")
  if (rendered.kind === "plain") return planBody(answer, rendered, headers, options)
  const events = damage(rendered.events, rendered.format, control)
  const pieces = events.map((event) => Buffer.from(event))
  const finish = (encoded: readonly Buffer[]): Delivery => planPieces(answer, encoded, headers, options)
  return options.encoding === null ? finish(pieces) : compressPieces(pieces, options.encoding).then(finish)
}

function planBody(
  answer: Answer,
  rendered: { readonly body: string | Buffer; readonly tokens?: number },
  headers: readonly string[],
  options: DeliveryOptions,
): Delivery {
  const { control } = options
  const { body, tokens } = rendered
  const whole = Buffer.from(body)
  const broken = control.fault === "malformed-chunk" ? whole.subarray(0, Math.floor(whole.length / 2)) : whole
  const plainBytes =
    control.fault === "error-event" ? Buffer.from('{"error":{"message":"simulated","code":500}}') : broken
  const bytes = options.encoding === null ? plainBytes : compress(plainBytes, options.encoding)
  const ending = endingOf(control)
  const sent = ending === "end" ? bytes : bytes.subarray(0, Math.floor(bytes.length / 2))
  const length = ending === "bad-framing" ? [] : ["content-length", String(bytes.length)]
  return {
    kind: "answer",
    status: answer.status,
    headers: [...headers, ...length],
    pieces: slice([sent], control.chunkBytes),
    waitMs:
      (control.fault === "slow-first-byte" ? control.slowMs : 0) +
      (tokens === undefined ? 0 : wholeAnswerMs(tokens, options)),
    gapsMs: null,
    separate: control.chunkBytes !== null,
    ending,
  }
}

function planPieces(
  answer: Answer,
  pieces: readonly Buffer[],
  headers: readonly string[],
  options: DeliveryOptions,
): Delivery {
  const { control, random } = options
  const firstMs = control.ttftMs ?? sample(options.pace.timeToFirstToken, random)
  const between = control.interTokenMs ?? options.pace.interToken
  const gaps = pieces.map((_, index) => (index === 0 ? firstMs : sample(between, random)))
  const paused = gaps.some((gap) => gap > 0)
  // Without pauses the bytes are cut anywhere, events or not; with them a piece keeps its event's moment.
  const units = paused || control.chunkBytes === null ? pieces : [Buffer.concat(pieces)]
  const sliced = units.map((unit) => slice([unit], control.chunkBytes))
  return {
    kind: "answer",
    status: answer.status,
    headers: [...headers, "cache-control", "no-cache"],
    pieces: sliced.flat(),
    waitMs: control.fault === "slow-first-byte" ? control.slowMs : 0,
    gapsMs: paused ? sliced.flatMap((parts, at) => parts.map((_, index) => (index === 0 ? gaps[at]! : 0))) : null,
    separate: control.chunkBytes !== null,
    ending: endingOf(control),
  }
}

function endingOf(control: Control): AnswerDelivery["ending"] {
  if (control.fault === "hang-after") return "hang"
  if (control.fault === "malformed-framing") return "bad-framing"
  if (control.fault !== "cut" && control.fault !== "cut-after") return "end"
  return control.reset ? "reset" : "cut"
}

/** The events a faulty stream sends. */
function damage(
  events: readonly string[],
  format: Parameters<typeof renderErrorEvent>[0],
  control: Control,
): readonly string[] {
  const middle = Math.floor(events.length / 2)
  switch (control.fault) {
    case "hang-after":
    case "cut":
    case "cut-after":
      return events.slice(0, control.after ?? middle)
    case "malformed-framing":
      return events.slice(0, middle)
    case "malformed-chunk":
      return events.map((event, index) => (index === middle ? breakJson(event) : event))
    case "error-event":
      return [...events.slice(0, middle), renderErrorEvent(format, middle)]
    default:
      return events
  }
}

/** Takes the end of an event's JSON away and keeps its framing. */
function breakJson(event: string): string {
  const data = event.trimEnd()
  return `${data.slice(0, Math.max(1, data.length - 4))}${event.slice(data.length)}`
}

/** What a stream of as many tokens would have taken. */
function wholeAnswerMs(tokens: number, options: DeliveryOptions): number {
  const { control, pace, random } = options
  const firstMs = control.ttftMs ?? sample(pace.timeToFirstToken, random)
  return firstMs + (control.interTokenMs ?? sample(pace.interToken, random)) * tokens
}

function slice(pieces: readonly Buffer[], size: number | null): readonly Buffer[] {
  if (size === null) return pieces
  const slices: Buffer[] = []
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += size) slices.push(piece.subarray(at, at + size))
  }
  return slices
}
