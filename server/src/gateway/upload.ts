import { Readable } from "node:stream"
import { isModelAllowed } from "../domains/identity/hot.ts"
import type { GatewayContext } from "./context.ts"
import { GatewayError } from "./errors.ts"
import type { Exchange } from "./exchange.ts"
import { FormScanner, readBoundary } from "./form-scanner.ts"
import { inviteBody } from "./invite-body.ts"
import { Deadline } from "./timer-wheel.ts"

/** Bytes looked at for a form's model before the request goes on without one. */
const peekCap = 64 * 1024

/** Bytes a second below which a body does not come but drip. */
const slowestBytes = 1024

/** The time a client may be silent while nothing was sent on yet. */
class Silence extends Deadline {
  readonly #upload: Upload

  constructor(upload: Upload) {
    super()
    this.#upload = upload
  }

  override expire(): void {
    this.#upload.fellSilent()
  }
}

/** Looks now and then whether the body comes at all: one that drips is never silent, and never ends. */
class Pace extends Deadline {
  readonly #upload: Upload

  constructor(upload: Upload) {
    super()
    this.#upload = upload
  }

  override expire(): void {
    this.#upload.checkPace()
  }
}

/**
 * A request body on its way through: never held whole, read from the client no faster than the provider takes it. The
 * first bytes of a form wait until it has said its model, or begins a file without having said one; `peek` calls back then.
 */
export class Upload extends Readable {
  readonly #exchange: Exchange
  readonly #context: GatewayContext
  readonly #scanner: FormScanner | null
  readonly #silence = new Silence(this)
  readonly #pace = new Pace(this)
  #receivedBefore = 0
  #done: ((exchange: Exchange, error: GatewayError | null) => void) | null = null
  #held: Buffer[] = []
  #heldBytes = 0
  #received = 0
  #ended = false
  #checkedModel = false

  constructor(exchange: Exchange, context: GatewayContext) {
    super()
    this.#exchange = exchange
    this.#context = context
    const boundary = readBoundary(exchange.head?.contentType ?? null)
    this.#scanner = boundary === null ? null : new FormScanner(boundary)
    // Whoever sends it on is told by its own means.
    this.on("error", () => undefined)
  }

  /** Bytes that came from the client so far. */
  get received(): number {
    return this.#received
  }

  /** The form's model, once it was read; null when it has none, or is no form. */
  get model(): string | null {
    return this.#scanner?.model?.value || null
  }

  /** Whether another name can still be put where the form says its model. */
  get canRename(): boolean {
    const said = this.#scanner?.model
    return said !== null && said !== undefined && said.end <= this.#heldBytes
  }

  /** Whether the client has sent all of it. */
  get isWhole(): boolean {
    return this.#ended
  }

  /** Whether the next byte is the provider's to take, not the client's to send. */
  get waitsForProvider(): boolean {
    return this.#exchange.request.isPaused()
  }

  /** Reads up to the point where the provider can be chosen, and calls back with nothing or with what is wrong. */
  peek(done: (exchange: Exchange, error: GatewayError | null) => void): void {
    const { head, request } = this.#exchange
    this.#done = done
    const encoding = head?.contentEncoding ?? null
    if (encoding !== null && encoding !== "identity") {
      this.#settle(
        new GatewayError("invalid_request", "compressed request bodies are not accepted; send it as it is", {
          param: "content-encoding",
        }),
      )
      return
    }
    if ((head?.contentLength ?? 0) > this.#context.maxUploadBytes) {
      this.#settle(this.#tooLarge())
      return
    }
    inviteBody(this.#exchange)
    this.#context.wheel.add(this.#pace, this.#context.timeouts.requestMs)
    if (this.#scanner === null) {
      request.pause()
      this.#listen()
      this.#settle(null)
      return
    }
    this.#context.wheel.add(this.#silence, this.#context.timeouts.requestMs)
    this.#listen()
  }

  /** The client sent nothing for too long before the provider was called. */
  fellSilent(): void {
    this.#settle(
      new GatewayError("request_timeout", "the request body stopped coming before it was complete", {
        closesConnection: true,
      }),
    )
  }

  /** Called once in the time a client may be silent: what came since must be more than a drip, unless the provider holds it back. */
  checkPace(): void {
    if (this.#ended || this.destroyed) return
    const { requestMs } = this.#context.timeouts
    const came = this.#received - this.#receivedBefore
    this.#receivedBefore = this.#received
    if (this.waitsForProvider || came * 1000 >= slowestBytes * requestMs) {
      this.#context.wheel.add(this.#pace, requestMs)
      return
    }
    this.#fail(
      new GatewayError("request_timeout", `the request body came slower than ${slowestBytes} bytes a second`, {
        closesConnection: true,
      }),
    )
  }

  /**
   * Puts another name where the form says its model, before a byte of it was sent on; gives by how many bytes the body grew,
   * or null when the name has not come yet.
   */
  rename(model: string): number | null {
    const said = this.#scanner?.model
    if (!said || !this.canRename) return null
    const held = Buffer.concat(this.#held)
    const name = Buffer.from(model)
    this.#held = [held.subarray(0, said.start), name, held.subarray(said.end)]
    return name.length - (said.end - said.start)
  }

  override _read(): void {
    for (const chunk of this.#held) if (chunk.length > 0) this.push(chunk)
    this.#held = []
    if (this.#ended) this.push(null)
    else {
      this.#exchange.request.resume()
      this.#exchange.relay?.uploadMoved()
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#held = []
    this.#pace.clear()
    done(error)
  }

  #listen(): void {
    const { request } = this.#exchange
    request.on("data", (chunk: Buffer) => this.#take(chunk))
    request.on("end", () => this.#end())
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return
    this.#received += chunk.length
    this.#scanner?.push(chunk)
    const error = this.#received > this.#context.maxUploadBytes ? this.#tooLarge() : this.#modelError()
    if (error) {
      this.#fail(error)
      return
    }
    if (this.#done) this.#hold(chunk)
    else {
      if (!this.push(chunk)) this.#exchange.request.pause()
      this.#exchange.relay?.uploadMoved()
    }
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#scanner?.isDecided || this.#heldBytes >= peekCap) this.#settle(null)
    else this.#context.wheel.add(this.#silence, this.#context.timeouts.requestMs)
  }

  #end(): void {
    this.#ended = true
    this.#pace.clear()
    if (this.destroyed) return
    if (this.#done) this.#settle(null)
    else {
      this.push(null)
      this.#exchange.relay?.uploadEnded()
    }
  }

  /** A model said late is checked as one said early is; a second one is refused, because it might be the one that counts. */
  #modelError(): GatewayError | null {
    if (this.#scanner?.repeated) {
      return new GatewayError("invalid_request", 'the form has two "model" fields; send one', {
        param: "model",
        closesConnection: true,
      })
    }
    if (this.#done || this.#checkedModel || this.model === null) return null
    this.#checkedModel = true
    const { key } = this.#exchange
    this.#exchange.modelRequested ??= this.model.slice(0, 256)
    this.#exchange.modelActual ??= this.#exchange.modelRequested
    if (isModelAllowed(key?.models ?? null, this.model)) return null
    return new GatewayError("model_not_allowed", "this Sluice key may not use the model that the form names", {
      param: "model",
      closesConnection: true,
    })
  }

  #fail(error: GatewayError): void {
    if (this.#done) this.#settle(error)
    else this.#exchange.relay?.abort(error)
    this.destroy()
  }

  #settle(error: GatewayError | null): void {
    const done = this.#done
    if (!done) return
    this.#done = null
    this.#silence.clear()
    this.#exchange.request.pause()
    this.#checkedModel = this.model !== null
    this.#exchange.bodyReadAt = this.#context.clock.monotonic()
    if (error) this.destroy()
    done(this.#exchange, error)
  }

  #tooLarge(): GatewayError {
    return new GatewayError(
      "request_too_large",
      `the request body is larger than ${this.#context.maxUploadBytes} bytes (SLUICE_MAX_UPLOAD_BYTES)`,
      { closesConnection: true },
    )
  }
}
