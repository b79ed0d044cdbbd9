import type { Socket } from "node:net"
import { brotliCompressSync, crc32, deflateSync, gzipSync } from "node:zlib"
import { JsonArraySplitter } from "../../providers/json-array-splitter.ts"
import type { AnswerFormat } from "../../providers/provider.ts"
import { createAnswerReader } from "../../providers/registry.ts"
import { SseParser } from "../../providers/sse-parser.ts"
import { startTestGateway } from "../gateway.ts"
import { rawRequest, sendRaw, soon, startRawUpstream } from "../raw-http.ts"
import type { FuzzTarget } from "./fuzz-target.ts"
import { hold, holdEqual } from "./hold.ts"
import { recordedAnswers } from "./recorded-answers.ts"
import { SeededRandom } from "./seeded-random.ts"

interface Dialect {
  readonly format: AnswerFormat
  readonly path: string
  readonly body: string
  /** Of the answer. */
  readonly type: "text/event-stream" | "application/json"
}

const dialects: readonly Dialect[] = [
  {
    format: "openai-chat",
    path: "/v1/chat/completions",
    body: '{"model":"gpt-4o","stream":true,"messages":[]}',
    type: "text/event-stream",
  },
  {
    format: "anthropic-messages",
    path: "/v1/messages",
    body: '{"model":"claude-sonnet-4-20250514","stream":true,"messages":[]}',
    type: "text/event-stream",
  },
  {
    format: "gemini-generate",
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    body: "{}",
    type: "text/event-stream",
  },
  {
    format: "gemini-generate",
    path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
    body: "{}",
    type: "application/json",
  },
]

const encoders = { identity: (bytes: Buffer) => bytes, gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
const encodings = ["identity", "identity", "gzip", "deflate", "br"] as const

/** What reading the whole stream at once tells. */
function readWhole({ format, type }: Dialect, stream: Buffer) {
  const reader = createAnswerReader(format)
  const take = (data: string): void => void reader.readEvent(data)
  if (type === "application/json") new JsonArraySplitter(take).push(stream)
  else new SseParser((_name, data) => take(data)).push(stream)
  return reader.facts()
}

/** A record travels as JSON, which knows no minus zero. */
const asStored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** A body in pieces of the random's choosing, framed in one of the ways a provider may. */
function frame(random: SeededRandom, body: Buffer, headers: readonly string[]): Buffer[] {
  const chunked = random.below(2) === 0
  const head = [
    "HTTP/1.1 200 OK",
    ...headers,
    chunked ? "transfer-encoding: chunked" : `content-length: ${body.length}`,
  ]
  const pieces: Buffer[] = [Buffer.from(`${head.join("\r\n")}\r\n\r\n`)]
  for (let at = 0; at < body.length; ) {
    const size = random.below(4) === 0 ? 1 + random.small(16) : 1 + random.small(8192)
    const piece = body.subarray(at, at + size)
    at += piece.length
    if (chunked) pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"))
    else pieces.push(piece)
  }
  if (chunked) pieces.push(Buffer.from("0\r\n\r\n"))
  return random.below(3) === 0 ? [Buffer.concat(pieces)] : pieces
}

/** Writes each piece in a packet of its own, as far as the system lets it. */
function writePieces(socket: Socket, pieces: readonly Buffer[]): void {
  const write = (index: number): void => {
    const piece = pieces[index]
    if (piece !== undefined) socket.write(piece, () => setImmediate(write, index + 1))
  }
  write(0)
}

/**
 * Streams through the relay, mutated and cut at random: the client must get the provider's bytes, and the record must tell
 * what reading the whole would have told. What else varies is chosen by the input itself, so that an input is all there is.
 */
export async function createRelayTarget(): Promise<FuzzTarget> {
  const upstream = await startRawUpstream()
  const faults: string[] = []
  const gateway = await startTestGateway({
    upstream: upstream.url,
    onFault: (message, facts) => faults.push(`${message} ${JSON.stringify(facts)}`),
  })
  const check = async (stream: Buffer): Promise<void> => {
    const random = new SeededRandom(crc32(stream))
    const dialect = random.pick(dialects)
    const encoding = random.pick(encodings)
    const body = encoders[encoding](stream)
    const headers = [
      `content-type: ${dialect.type}`,
      ...(encoding === "identity" ? [] : [`content-encoding: ${encoding}`]),
    ]
    const pieces = frame(random, body, headers)
    upstream.handle((_request, socket) => writePieces(socket, pieces))
    gateway.context.buffer.remove(gateway.context.buffer.length)
    const answer = await sendRaw(
      gateway.port,
      rawRequest(dialect.path, { "x-sluice-key": gateway.key, "x-sluice-request-id": "relayed" }, dialect.body),
    )
    hold(answer.status === 200 && answer.complete, "the answer is not whole")
    hold(answer.body.equals(body), "the client did not get the provider's bytes")
    const record = await gateway.recordOf("relayed")
    const facts = readWhole(dialect, stream)
    hold(record.completion_bytes === body.length, "the record counts other bytes")
    if (facts.usage !== null && facts.usage.output !== null)
      holdEqual(record.usage, asStored(facts.usage), "the record tells another usage than the whole")
    holdEqual(
      record.finish_reason,
      facts.finishReason?.slice(0, 64) ?? null,
      "the record tells another end than the whole",
    )
    hold(await soon(() => gateway.inFlight() === 0), "the exchange does not end")
    hold(faults.length === 0, `the gateway met a fault of its own: ${faults.splice(0).join("; ")}`)
  }
  return {
    name: "relay",
    seeds: [...recordedAnswers(".sse"), ...recordedAnswers(".array.json")].map(({ bytes }) => bytes),
    tokens: [
      "data: ",
      "\n\n",
      "\r\n\r\n",
      "\r",
      ": ping\n\n",
      "[DONE]",
      "\0",
      "\xff",
      "\xef\xbb\xbf",
      "event: error\n",
      '"usage":{"prompt_tokens":1}',
      "[",
      "]",
      "}",
      ",",
    ],
    check,
    async close() {
      await gateway.stop()
      await upstream.close()
    },
  }
}
