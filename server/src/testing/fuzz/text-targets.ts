import { mkdtempSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { isIP } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromPublicId, toPublicId } from "@sluice/protocol/ids"
import { createClientAddress } from "../../api/client-address.ts"
import { createCursors } from "../../api/cursor.ts"
import { bootstrapKeyPattern, hashApiKey, lastFourOf } from "../../domains/identity/api-key-secret.ts"
import { normaliseBaseUrl } from "../../domains/identity/base-url.ts"
import { GatewayError } from "../../gateway/errors.ts"
import { SegmentReader } from "../../gateway/events/segment-reader.ts"
import { readRequestHead } from "../../gateway/request-head.ts"
import { findRoute } from "../../gateway/router.ts"
import { refuseStatement } from "../../platform/database/refuse-statement.ts"
import { ApiError } from "../../platform/errors.ts"
import { refuseAddress } from "../../platform/refuse-address.ts"
import type { FuzzTarget } from "./fuzz-target.ts"
import { hold, holdEqual } from "./hold.ts"

const key = "slk_fuzzedFuzzedFuzzedFuzzed"

/** Headers as lines of `name: value`, the first line being the target. */
const requestHead: FuzzTarget = {
  name: "request-head",
  seeds: [
    `/v1/chat/completions\nx-sluice-key: ${key}\naccept-encoding: gzip, zstd;q=0.5, *\nconnection: close, x-a\nx-a: b`,
    `/v1beta/models/m:generateContent?alt=sse&key=${key}\nauthorization: Bearer sk-own\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`,
    `/v1/messages\nx-api-key: ${key}\nx-sluice-metadata: {"__proto__":{"a":1}}\nx-sluice-feature: f\u00e9\ncookie: a=b`,
  ].map((text) => Buffer.from(text)),
  tokens: [
    ...[
      "authorization: ",
      "x-api-key: ",
      "api-key: ",
      "x-goog-api-key: ",
      "x-sluice-key: ",
      "host: g",
      "expect: 100-continue",
    ],
    ...[
      "Bearer ",
      "bearer  ",
      key,
      "slk_",
      "%73lk_",
      "?key=",
      "&key=",
      "k%65y=",
      "connection: authorization",
      "\n",
      "%",
      "+",
    ],
  ],
  check(input) {
    const [target = "", ...lines] = input.toString("latin1").split("\n")
    const headers = lines.flatMap((line) => [line.split(":", 1)[0] ?? "", line.slice(line.indexOf(":") + 1).trim()])
    try {
      const head = readRequestHead(headers, target)
      const forwarded = head.forward.join("\n")
      hold(!/slk_[0-9A-Za-z]{8}/.test(forwarded), "a key of ours is forwarded in a header")
      const query = head.target.slice(head.target.indexOf("?") + 1)
      hold(!head.target.includes("?") || !/(^|&)key=|slk_[0-9A-Za-z]{8}/.test(query), "a key is forwarded in the query")
      const names = head.forward.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
      const ours = /^(x-sluice-.*|connection|host|content-length|transfer-encoding|upgrade|te|expect|cookie)$/
      hold(!names.some((name) => ours.test(name)), "a header of the connection, or of ours, is forwarded")
      hold(head.callerCredential?.value.includes(key) !== true, "a key of ours passes for the caller's")
    } catch (error) {
      hold(error instanceof GatewayError && error.code === "invalid_request", `threw ${String(error)}`)
    }
  },
}

const router: FuzzTarget = {
  name: "router",
  seeds: ["/v1/chat/completions", "/v1beta/models/gemini-2.5-flash:generateContent", "/v1/models/a%2fb"].map((path) =>
    Buffer.from(path),
  ),
  tokens: [
    "/",
    "//",
    "..",
    "%2e",
    "%2f",
    "%5c",
    "\\",
    ":",
    "%00",
    "%",
    "/v1",
    "/v1beta/models/",
    ":streamGenerateContent",
  ],
  check(input) {
    const route = findRoute(input.toString("latin1"))
    if (!("model" in route) || route.model === null) return
    const segments = route.model.split(/[/\\]/)
    hold(!segments.includes("..") && !segments.includes("."), "a model climbs out of its path")
  },
}

const cursors = createCursors(Buffer.alloc(32, 7))
const cursor: FuzzTarget = {
  name: "cursor",
  seeds: ["2026-01-01T00:00:00Z", "x", ""].map((position) => Buffer.from(cursors.sign("list", position))),
  tokens: ["=", "-", "_", "+", "/", "A", "\0"],
  check(input) {
    const text = input.toString("latin1")
    let position: string | null = null
    try {
      position = cursors.read("list", text)
    } catch (error) {
      hold(error instanceof ApiError && error.code === "invalid_cursor", `threw ${String(error)}`)
    }
    if (position !== null) holdEqual(cursors.sign("list", position), text, "took a cursor that was never given")
    holdEqual(cursors.read("list", cursors.sign("list", text)), Buffer.from(text).toString(), "a cursor lost its place")
  },
}

const baseUrl: FuzzTarget = {
  name: "base-url",
  seeds: [
    "https://api.example.com/v1",
    "http://[::ffff:169.254.169.254]/",
    "http://2130706433:80/x",
    "https://a:b@c/?d#e",
  ].map((url) => Buffer.from(url)),
  tokens: [
    "http://",
    "https://",
    "@",
    ":",
    "/",
    "//",
    "\\",
    "%2e",
    "[",
    "]",
    "::",
    "169.254.169.254",
    "0x7f",
    "017700000001",
    "/v1",
    "?",
    "#",
    "\t",
  ],
  check(input) {
    const { url } = normaliseBaseUrl(input.toString(), false)
    if (url === null) return
    const parsed = new URL(url)
    hold(/^https?:$/.test(parsed.protocol), "not a protocol of providers")
    hold(
      parsed.username === "" && parsed.password === "" && parsed.search === "" && parsed.hash === "",
      "more than a root",
    )
    const host = parsed.hostname.replace(/^\[|\]$/g, "")
    hold(isIP(host) === 0 || refuseAddress(host, false) === null, "an address that is refused elsewhere")
    hold(host !== "localhost", "the machine itself")
  },
}

const names: FuzzTarget = {
  name: "names",
  seeds: [
    key,
    toPublicId("request", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
    "10.0.0.1, ::1",
    "select 1; -- $a$ '",
  ].map((text) => Buffer.from(text)),
  tokens: [
    "slk_",
    "req_",
    "z",
    "0",
    "::ffff:",
    "10.0.0.1",
    ",",
    "$a$",
    "--",
    "/*",
    "*/",
    "'",
    "\\'",
    "E'",
    "COPY",
    "PROGRAM",
  ],
  check(input) {
    const text = input.toString()
    if (bootstrapKeyPattern.test(text))
      hold(/^[\x21-\x7e]{24,132}$/.test(text.trim()), "a key that no header can carry")
    hold(hashApiKey(text).length === 32 && lastFourOf(text).length <= 8, "a key that cannot be found again")
    const uuid = fromPublicId("request", text)
    if (uuid !== null) holdEqual(toPublicId("request", uuid), text, "two ids for one thing")
    const client = createClientAddress(["10.0.0.0/8", text])("10.0.0.1", text)
    hold(client === null || isIP(client) !== 0, "an address that is none")
    refuseStatement(text)
  },
}

const folder = mkdtempSync(join(tmpdir(), "sluice-fuzz-"))
const segmentReader: FuzzTarget = {
  name: "segment-reader",
  seeds: [Buffer.from('{"a":1}\n{"b":2}\n{"torn'), Buffer.from("\n\n{}\n")],
  tokens: ["\n", "{", "}", "{}\n", "\r\n", "\0"],
  async check(input) {
    const path = join(folder, "segment")
    await writeFile(path, input)
    const reader = await SegmentReader.open(path)
    try {
      const records: string[] = []
      for (let next = await reader.peek(3); next.length > 0; next = await reader.peek(3)) {
        records.push(...next)
        reader.skip(next.length)
      }
      const lines = input
        .subarray(0, input.lastIndexOf(10) + 1)
        .toString()
        .split("\n")
      holdEqual(
        records,
        lines.filter((line) => line.startsWith("{") && line.endsWith("}")),
        "the records are not the lines",
      )
    } finally {
      await reader.close()
    }
  },
  close: async () => rmSync(folder, { recursive: true, force: true }),
}

/** Whoever reads names, addresses, heads and other short texts of strangers. */
export const textTargets: readonly FuzzTarget[] = [requestHead, router, cursor, baseUrl, names, segmentReader]
