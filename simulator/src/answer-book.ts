import type { IncomingHttpHeaders } from "node:http"
import { answer } from "./answer.ts"
import { noControl } from "./control.ts"
import { type Delivery, type Pace, planDelivery } from "./delivery.ts"
import type { Distribution } from "./distribution.ts"
import { chooseEncoding, type Encoding } from "./encoding.ts"
import { type Failure, malformed } from "./failure.ts"
import type { Ruling } from "./fault-plan.ts"
import { checkKey } from "./key-check.ts"
import { createRandom } from "./random.ts"
import { matchRoute, type Route } from "./routes.ts"

/** A request whose body has arrived. */
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Of the whole body, where `body` is its beginning only. */
  readonly bodyBytes?: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** The coding every answer gets; a request's own wish goes before it. */
  readonly encoding: Encoding | null
  /** @throws RangeError when the request's `x-simulate` cannot be read */
  rule(): Ruling
}

/** An answer ready to go out, and the name of the fault it suffers. */
export interface Found {
  readonly delivery: Delivery | Promise<Delivery>
  readonly fault: string | null
}

export interface BookSettings {
  readonly seed: string
  readonly tokens: Distribution
  readonly pace: Pace
}

const pagesMost = 256
const requestBytesMost = 64 * 1024
const answerBytesMost = 256 * 1024

/**
 * Finds the answer to a request. Answers already given are kept ready (256 of them, requests up to 64 KB), because under
 * load the same request comes a million times and reading it again would measure us and not the gateway.
 */
export class AnswerBook {
  readonly #settings: BookSettings
  readonly #pages = new Map<string, Found>()

  constructor(settings: BookSettings) {
    this.#settings = settings
  }

  look(asked: Asked): Found {
    const { ruling, failure } = ruleOn(asked)
    const encoding = chooseCoding(asked)
    const keyFailure = failure ?? checkKeyOf(asked)
    if (asked.body.length > requestBytesMost || keyFailure !== null)
      return this.#write(asked, ruling, encoding, keyFailure)
    const marks = `${encoding ?? ""} ${asked.headers["anthropic-version"] === undefined ? "" : "a"}${asked.headers["api-key"] === undefined ? "" : "z"}`
    const key = `${asked.method} ${asked.url}\n${ruling.text}\n${marks}\n${asked.body.toString("latin1")}`
    const page = this.#pages.get(key)
    if (page !== undefined) return page
    const found = this.#write(asked, ruling, encoding, null)
    const { delivery } = found
    // Nothing with an instant in its headers is kept, and nothing large.
    const keeps = !(delivery instanceof Promise) && delivery.kind === "answer" && delivery.status === 200
    if (keeps && sizeOf(delivery.pieces) <= answerBytesMost) {
      if (this.#pages.size >= pagesMost) this.#pages.delete(this.#pages.keys().next().value ?? "")
      this.#pages.set(key, found)
    }
    return found
  }

  #write(asked: Asked, ruling: Ruling, encoding: Encoding | null, keyFailure: Failure | null): Found {
    const { seed, tokens, pace } = this.#settings
    const { control } = ruling
    const [path = "/", search = ""] = asked.url.split("?", 2)
    const random = createRandom(seed, path, asked.body)
    const anthropicVersion = asked.headers["anthropic-version"] !== undefined
    const written = answer(
      {
        route: routeOf(asked, path),
        method: asked.method,
        path,
        query: new URLSearchParams(search),
        control,
        keyFailure,
        anthropicVersion,
        body: asked.body,
        contentType: asked.headers["content-type"] ?? "",
        bodyBytes: asked.bodyBytes ?? asked.body.length,
      },
      { seed, random, tokens, now: asked.now },
    )
    const delivery = planDelivery(written, { control, encoding, pace, random })
    return { delivery, fault: control.status === null ? control.fault : String(control.status) }
  }
}

function ruleOn(asked: Asked): { readonly ruling: Ruling; readonly failure: Failure | null } {
  try {
    return { ruling: asked.rule(), failure: null }
  } catch (error) {
    const message = error instanceof Error ? error.message : "x-simulate cannot be read"
    return { ruling: { text: "", control: noControl }, failure: malformed(message, "x-simulate") }
  }
}

const routeOf = ({ method, headers }: Asked, path: string): Route =>
  matchRoute(method, path, {
    anthropic: headers["anthropic-version"] !== undefined,
    apiKey: headers["api-key"] !== undefined,
  })

function checkKeyOf(asked: Asked): Failure | null {
  const { headers, url } = asked
  const at = url.indexOf("?")
  const path = at < 0 ? url : url.slice(0, at)
  const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)
  return checkKey(routeOf(asked, path), {
    authorization: headers.authorization,
    xApiKey: first(headers["x-api-key"]),
    apiKey: first(headers["api-key"]),
    xGoogApiKey: first(headers["x-goog-api-key"]),
    queryKey: at < 0 ? null : new URLSearchParams(url.slice(at + 1)).get("key"),
  })
}

/** The request's own wish (`x-simulate-encoding`, as a header or in the query) before the simulator's setting. */
function chooseCoding(asked: Asked): Encoding | null {
  const header = asked.headers["x-simulate-encoding"]
  const at = asked.url.indexOf("x-simulate-encoding=")
  const inQuery = at < 0 ? null : (/^[a-z]+/.exec(asked.url.slice(at + "x-simulate-encoding=".length))?.[0] ?? null)
  const wanted = typeof header === "string" ? header : (inQuery ?? asked.encoding)
  return wanted === null ? null : chooseEncoding(wanted, asked.headers["accept-encoding"])
}

function sizeOf(pieces: readonly Buffer[]): number {
  let size = 0
  for (const piece of pieces) size += piece.length
  return size
}
