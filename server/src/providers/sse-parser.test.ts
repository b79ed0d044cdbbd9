import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { SseParser } from "./sse-parser.ts"

type Event = readonly [string, string]

function parse(chunks: readonly Buffer[], maxEventBytes?: number) {
  const events: Event[] = []
  const parser = new SseParser((event, data) => events.push([event, data]), { maxEventBytes })
  for (const chunk of chunks) parser.push(chunk)
  return { events, oversized: parser.oversized, atBoundary: parser.atBoundary }
}

const whole = (text: string, maxEventBytes?: number) => parse([Buffer.from(text)], maxEventBytes)

/** Cuts where the numbers say; repeats and order do not matter. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set([0, ...at.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

/** Streams made of what such streams are made of, right and wrong. */
const streams = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\r\n\r\n",
        "data: ",
        "data:",
        "data",
        "event: ping",
        "event:",
        ":",
        ": ",
      ),
      fc.constantFrom("id: 7", "retry: 10", "dat", "datax: 1", "\ufeff", "é👋漢", '{"a":1}', "\0"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => Buffer.from(parts.join("")))

describe("SSE parser", () => {
  it("gives the same events at any chunking", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 30 }), (bytes, places) => {
        expect(parse(cut(bytes, places), 24)).toEqual(parse([bytes], 24))
      }),
      { numRuns: 400 },
    )
  })

  it("takes a byte order mark behind a skipped first line for what it is, however cut", () => {
    const bytes = Buffer.from(`${"x".repeat(32)}\n\n\ufeff\n`)
    expect(parse(cut(bytes, [1]), 24)).toEqual(parse([bytes], 24))
  })

  it("gives the same events when cut at every byte, or into single bytes", () => {
    const bytes = Buffer.from("\ufeffevent: a\r\ndata: é👋\r\ndata: 2\r\n\r\n: note\n\ndata:x\r\rdata\n\n")
    const expected = parse([bytes])
    expect(expected.events).toEqual([
      ["a", "é👋\n2"],
      ["message", "x"],
      ["message", ""],
    ])
    for (let i = 0; i <= bytes.length; i += 1) {
      expect(parse([bytes.subarray(0, i), bytes.subarray(i)])).toEqual(expected)
    }
    expect(parse(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(expected)
  })

  it("removes one leading space of a value and no more", () => {
    expect(whole("data:  two\n\ndata:none\n\n").events).toEqual([
      ["message", " two"],
      ["message", "none"],
    ])
  })

  it("ignores comments, unknown fields and events without data, and forgets an event's name at its end", () => {
    expect(whole(": hi\nid: 1\nretry: 5\ndatax: 1\n\nevent: gone\n\ndata: 1\n\n").events).toEqual([["message", "1"]])
  })

  it("discards an event that the stream ended inside", () => {
    expect(whole("data: 1\n\ndata: 2\n").events).toEqual([["message", "1"]])
  })

  it("stands at a boundary before the first byte and after a blank line only", () => {
    expect(parse([]).atBoundary).toBe(true)
    expect(whole("data: 1").atBoundary).toBe(false)
    expect(whole("data: 1\n").atBoundary).toBe(false)
    expect(whole("data: 1\n\n").atBoundary).toBe(true)
    expect(whole("data: 1\r\n\r").atBoundary).toBe(true)
    expect(whole("data: 1\n\n: x\n").atBoundary).toBe(false)
    expect(whole("data: 1\n\ndata: 2\ndata").atBoundary).toBe(false)
  })

  it("skips and counts an event over the cap, and reads on after it", () => {
    const text = `data: 1\n\ndata: ${"x".repeat(100)}\ndata: y\n\ndata: 2\n\n`
    expect(whole(text, 50)).toEqual({
      events: [
        ["message", "1"],
        ["message", "2"],
      ],
      oversized: 1,
      atBoundary: true,
    })
  })

  it("does not hold a line that never ends", () => {
    const parser = new SseParser(() => {}, { maxEventBytes: 1000 })
    const chunk = Buffer.alloc(1000, "x")
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 20_000; i += 1) parser.push(chunk)
    expect(parser.oversized).toBe(1)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
  })
})
