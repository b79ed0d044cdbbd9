import { UsageRecord } from "@sluice/protocol/exchange-record"
import { FormScanner } from "../../gateway/form-scanner.ts"
import { LineReader } from "../../gateway/snapshot/line-reader.ts"
import { BatchReader } from "../../platform/database/batch-reader.ts"
import { createQuery, createSync } from "../../platform/database/wire.ts"
import { classifyError } from "../../providers/classify-error.ts"
import type { AnswerFormat } from "../../providers/provider.ts"
import { createAnswerReader } from "../../providers/registry.ts"
import { SseParser } from "../../providers/sse-parser.ts"
import type { FuzzTarget } from "./fuzz-target.ts"
import { hold, holdEqual, inPieces } from "./hold.ts"
import { recordedAnswers } from "./recorded-answers.ts"

const streams = recordedAnswers(".sse").map(({ bytes }) => bytes)
const eventTokens = [
  ...[
    "data: ",
    "data:",
    "data",
    "event: ",
    "event: error\n",
    ": ping\n\n",
    "\n\n",
    "\r\n",
    "\r\r",
    "\r",
    "\xef\xbb\xbf",
  ],
  ...["data: [DONE]\n\n", '{"usage":', '"prompt_tokens":-1', "\0", "id: 1\n", "retry: 1\n", "\xff", '"__proto__":{}'],
]

type Event = readonly [name: string, data: string]

function parse(pieces: readonly Buffer[]) {
  const events: Event[] = []
  const parser = new SseParser((name, data) => events.push([name, data]), { maxEventBytes: 1 << 20 })
  for (const piece of pieces) parser.push(piece)
  return { events, atBoundary: parser.atBoundary }
}

/** The standard's own words (WHATWG HTML §9.2.6), line by line. */
function parseByTheBook(input: Buffer): Event[] {
  const events: Event[] = []
  const lines = input
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/, "")
    .split(/\r\n|\n|\r/)
  let name = ""
  let data: string | null = null
  for (const line of lines.slice(0, -1)) {
    const [, field = "", value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? []
    const text = Buffer.from(value, "latin1").toString()
    if (line === "") {
      if (data !== null) events.push([name || "message", data])
      name = ""
      data = null
    } else if (line.startsWith(":")) continue
    else if (field === "data") data = data === null ? text : `${data}\n${text}`
    else if (field === "event") name = text
  }
  return events
}

const sseParser: FuzzTarget = {
  name: "sse-parser",
  seeds: streams,
  tokens: eventTokens,
  check(input) {
    const whole = parse([input])
    for (const size of [1, 2, 5]) holdEqual(parse(inPieces(input, size)), whole, "the pieces changed the events")
    holdEqual(whole.events, parseByTheBook(input), "the events are not the standard's")
  },
}

const lineReader: FuzzTarget = {
  name: "line-reader",
  seeds: [Buffer.from('{"version":"1"}\n{"put":{}}\n\n{"live":true}\n')],
  tokens: ["\n", "\n\n", "\r\n", "{}", "\0"],
  check(input) {
    const expected = input.toString("latin1").split("\n").slice(0, -1)
    const texts = expected.filter((line) => line !== "").map((line) => Buffer.from(line, "latin1").toString())
    for (const size of [1, 2, 7, 100_000]) {
      const lines: string[] = []
      const reader = new LineReader((line) => lines.push(line))
      for (const piece of inPieces(input, size)) reader.push(piece)
      holdEqual(lines, texts, "the lines are not the lines")
    }
  },
}

function readBatches(pieces: readonly Buffer[]): unknown {
  const reader = new BatchReader()
  const arrivals: unknown[] = []
  try {
    for (const piece of pieces) {
      for (const arrival of reader.push(piece)) {
        arrivals.push(
          "bytes" in arrival ? { ...arrival, bytes: Buffer.from(arrival.bytes).toString("latin1") } : arrival,
        )
      }
    }
  } catch (error) {
    hold(error instanceof RangeError, "threw something other than a RangeError")
    // What a push had found before is lost with it; the connection is closed in any case.
    return "beyond repair"
  }
  return arrivals
}

const startup = Buffer.concat([Buffer.from([0, 0, 0, 23, 0, 3, 0, 0]), Buffer.from("user\0postgres\0\0")])

const batchReader: FuzzTarget = {
  name: "batch-reader",
  seeds: [
    Buffer.concat([startup, createQuery("select 1"), createSync()]),
    Buffer.concat([startup, createQuery("COPY t FROM PROGRAM 'x'"), Buffer.from([0x58, 0, 0, 0, 4])]),
  ],
  tokens: [
    "Q\0\0\0\x0cselect 1\0",
    "S\0\0\0\x04",
    "X\0\0\0\x04",
    "H\0\0\0\x04",
    "\xff\xff\xff\xff",
    "\0\0\0\0",
    "P\0\0\0\x08\0\0\0\0",
  ],
  check(input) {
    const whole = readBatches([input])
    for (const size of [1, 3, 11])
      holdEqual(readBatches(inPieces(input, size)), whole, "the pieces changed the batches")
  },
}

const formats: readonly AnswerFormat[] = [
  ...(["openai-chat", "openai-responses", "openai-embeddings", "anthropic-messages"] as const),
  ...(["anthropic-count-tokens", "gemini-generate", "gemini-count-tokens", "gemini-embed"] as const),
]

const answerReaders: FuzzTarget = {
  name: "answer-readers",
  seeds: [...streams, ...recordedAnswers(".json").map(({ bytes }) => bytes)],
  tokens: [
    ...eventTokens,
    "[",
    "{",
    "null",
    "1e400",
    "99999999999999999999",
    '"usage":null',
    '"choices":[{}]',
    '"content":',
  ],
  check(input) {
    for (const format of formats) {
      const reader = createAnswerReader(format)
      const parser = new SseParser((_name, data) => void reader.readEvent(data))
      parser.push(input)
      parser.push(Buffer.from("\n\n"))
      reader.readBody(input)
      const { usage, text } = reader.facts()
      hold(usage === null || UsageRecord.safeParse(usage).success, `${format} told a usage that is none`)
      hold(text.length <= 300 * 1024, `${format} kept more text than it may`)
    }
    for (const protocol of ["openai", "anthropic", "gemini"] as const) {
      const { code } = classifyError(protocol, 400, input)
      hold(code === null || code.length <= 64, "an error's code is longer than a code")
    }
  },
}

function scanForm(pieces: readonly Buffer[]) {
  const scanner = new FormScanner("b")
  for (const piece of pieces) scanner.push(piece)
  return { model: scanner.model, repeated: scanner.repeated }
}

const formScanner: FuzzTarget = {
  name: "form-scanner",
  seeds: [
    '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nxx\r\n--b--\r\n',
    "preamble\r\n--b \r\nContent-Disposition:form-data;name=model\r\n\r\na\r\n--b\r\n",
  ].map((text) => Buffer.from(text)),
  tokens: [
    ...["--b\r\n", "\r\n--b", "--b--", "\r\n\r\n", 'content-disposition: form-data; name="model"', "; filename=x"],
    ...['name="mod\\el"', "name*=UTF-8''model", ";", '"', "\\", "\t", "\r", "\n", "-", "%22"],
  ],
  check(input) {
    const whole = scanForm([input])
    for (const size of [1, 2, 13]) holdEqual(scanForm(inPieces(input, size)), whole, "the pieces changed the form")
    if (!whole.model) return
    const { value, start, end } = whole.model
    hold(input.toString("utf8", start, end) === value, "the model's place is not its place")
    hold(!Buffer.from(value).includes("\r\n--b"), "the model goes past its part")
  },
}

/** Whoever cuts a stream into pieces, or reads the pieces. */
export const streamTargets: readonly FuzzTarget[] = [formScanner, sseParser, lineReader, batchReader, answerReaders]
