import { isUtf8 } from "node:buffer"
import { BodyPieces } from "./body-pieces.ts"
import type { GatewayContext } from "./context.ts"
import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"
import { inviteBody } from "./invite-body.ts"
import { JsonFault, scanJson } from "./json-scan.ts"
import { Deadline } from "./timer-wheel.ts"

/**
 * Takes in the client's body, up to the limit, and calls back with what went wrong or with nothing. A body that says it is
 * too long is refused before a byte of it is read; one that stops coming is refused when its time is up.
 */
export class RequestBody extends Deadline {
  readonly #exchange: Exchange
  readonly #context: GatewayContext
  readonly #done: (exchange: Exchange, error: GatewayError | null) => void
  readonly #pieces = new BodyPieces()
  #endsAt = 0
  #settled = false

  constructor(
    exchange: Exchange,
    context: GatewayContext,
    done: (exchange: Exchange, error: GatewayError | null) => void,
  ) {
    super()
    this.#exchange = exchange
    this.#context = context
    this.#done = done
  }

  read(): void {
    const { head, request } = this.#exchange
    const encoding = head?.contentEncoding ?? null
    if (encoding !== null && encoding !== "identity") {
      this.#settle(
        new GatewayError("invalid_request", "compressed request bodies are not accepted; send the JSON as it is", {
          param: "content-encoding",
        }),
      )
      return
    }
    if ((head?.contentLength ?? 0) > this.#context.maxBodyBytes) {
      this.#settle(this.#tooLarge())
      return
    }
    const { clock, timeouts } = this.#context
    this.#endsAt = clock.monotonic() + timeouts.requestTotalMs
    this.#renew()
    inviteBody(this.#exchange)
    request.on("data", (chunk: Buffer) => this.#take(chunk))
    request.on("end", () => this.#finish())
  }

  override expire(): void {
    this.#settle(
      new GatewayError(
        "request_timeout",
        "the request body was not complete in time: it stopped coming, or came too slowly",
        { closesConnection: true },
      ),
    )
  }

  #take(chunk: Buffer): void {
    if (this.#settled) return
    if (this.#pieces.size + chunk.length > this.#context.maxBodyBytes) {
      this.#settle(this.#tooLarge())
      return
    }
    this.#pieces.push(chunk)
    this.#renew()
  }

  /** Silence is bounded, and so is the whole: a byte a minute is no silence and no request either. */
  #renew(): void {
    const { wheel, clock, timeouts } = this.#context
    wheel.add(this, Math.max(1, Math.min(timeouts.requestMs, this.#endsAt - clock.monotonic())))
  }

  #tooLarge(): GatewayError {
    return new GatewayError(
      "request_too_large",
      `the request body is larger than ${this.#context.maxBodyBytes} bytes (SLUICE_MAX_BODY_BYTES)`,
      { closesConnection: true },
    )
  }

  #finish(): void {
    if (this.#settled) return
    this.#exchange.body = this.#pieces.join()
    this.#exchange.bodyReadAt = this.#context.clock.monotonic()
    this.#settle(null)
  }

  #settle(error: GatewayError | null): void {
    if (this.#settled) return
    this.#settled = true
    this.clear()
    this.#done(this.#exchange, error)
  }
}

/**
 * Reads out of the body what the stages decide on.
 * @throws GatewayError `invalid_request` naming what is wrong and at which byte
 */
export function readFacts(exchange: Exchange): void {
  const { body } = exchange
  if (body === null || (body.length === 0 && exchange.endpoint.passesThrough)) return
  if (body.length === 0) throw new GatewayError("invalid_request", "the body is empty; a JSON object is expected")
  if (!isUtf8(body)) throw new GatewayError("invalid_request", "the body is not valid UTF-8")
  try {
    exchange.facts = scanJson(body)
  } catch (error) {
    if (error instanceof JsonFault) throw new GatewayError("invalid_request", error.message)
    throw error
  }
}
