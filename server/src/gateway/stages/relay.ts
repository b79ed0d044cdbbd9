import type { Dispatcher } from "undici"
import { classifyError } from "../../providers/classify-error.ts"
import { createAnswerReader } from "../../providers/registry.ts"
import { AnswerTap, toAnswerEncoding } from "../answer-tap.ts"
import { breakOff } from "../break-off.ts"
import type { GatewayContext } from "../context.ts"
import { GatewayError, renderErrorEvent } from "../errors.ts"
import type { Exchange, RunningCall } from "../exchange.ts"
import { answerError, drainRequest, failureOf } from "../refuse.ts"
import { relayHeaders } from "../response-headers.ts"
import { Deadline } from "../timer-wheel.ts"
import { toUpstreamError } from "../upstream-errors.ts"

/** Bytes of a failed answer kept to find out why it failed. */
const errorBodyCap = 64 * 1024

/** The client left, so the provider is told to stop; never shown to anyone. */
const clientGone = new Error("the client closed the connection")

/**
 * Hands the provider's answer to the client as it arrives: bytes, status and headers as they are, a pause for a slow
 * reader, a broken end for a broken answer. A copy of each chunk goes to the tap, after the chunk itself was handed on.
 */
export class Relay extends Deadline implements Dispatcher.DispatchHandler, RunningCall {
  readonly #exchange: Exchange
  readonly #context: GatewayContext
  #controller: Dispatcher.DispatchController | null = null
  #stopped: Error | null = null
  #waitsFor: "upload" | "first byte" | "next byte" | "reader" | "end" = "first byte"
  #totalAt = 0
  #errorBody: Buffer[] = []
  #errorSize = 0

  constructor(exchange: Exchange, context: GatewayContext) {
    super()
    this.#exchange = exchange
    this.#context = context
  }

  /** Starts the clock; called just before the request is handed to the connection pool. */
  begin(): void {
    const { upload } = this.#exchange
    if (upload === null || upload.isWhole) this.#awaitAnswer()
    else {
      this.#waitsFor = "upload"
      this.#totalAt = Number.POSITIVE_INFINITY
      this.uploadMoved()
    }
    this.#exchange.response.on("drain", () => this.#resume())
  }

  /** Moves the deadline while the body is on its way: the client's to send, or the provider's to take. */
  uploadMoved(): void {
    if (this.#waitsFor !== "upload") return
    const { timeouts, wheel } = this.#context
    wheel.add(this, this.#exchange.upload?.waitsForProvider ? timeouts.idleMs : timeouts.requestMs)
  }

  /** From here on it is for the provider to answer. */
  uploadEnded(): void {
    if (this.#waitsFor === "upload") this.#awaitAnswer()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#stopped) controller.abort(this.#stopped)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[]>,
    statusMessage?: string,
  ): void {
    if (status < 200) return
    const exchange = this.#exchange
    exchange.firstByteAt = this.#context.clock.monotonic()
    if (status > 599) {
      throw new GatewayError("provider_protocol_error", `the provider answered with ${status}, which is no HTTP status`)
    }
    if (status >= 300 && status < 400 && status !== 304) {
      throw new GatewayError(
        "provider_protocol_error",
        `the provider answered with a redirect (${status}), which is never followed`,
      )
    }
    this.#openTap(status, headers)
    const raw = controller.rawHeaders as readonly (Buffer | string)[]
    exchange.response.sendDate = false
    exchange.response.writeHead(status, toReason(statusMessage), relayHeaders(exchange, raw, this.#context.stopping))
    this.#waitsFor = "next byte"
    this.#renew()
    // The head goes out alone only when no part of the body came with it.
    process.nextTick(flushHead, exchange)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange
    if (this.#stopped) return
    if (!response.write(chunk)) {
      controller.pause()
      this.#waitsFor = "reader"
    }
    this.#renew()
    this.#exchange.completionBytes += chunk.length
    if (response.statusCode >= 400) this.#keepErrorBody(chunk)
    else this.#exchange.tap?.push(chunk)
  }

  onResponseEnd(): void {
    this.clear()
    this.#waitsFor = "end"
    const { response } = this.#exchange
    if (response.statusCode >= 400) this.#classify()
    response.end()
    // A provider may answer before it has read everything.
    if (!this.#exchange.request.complete) drainRequest(this.#exchange, this.#context)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#stopped) return
    this.fail(error)
  }

  /** The client closed its connection: the provider's is closed too, at once. */
  clientLeft(): void {
    this.#stop(clientGone)
  }

  /** Gives up on an exchange that did not finish in the time a stop allows. */
  abort(error: GatewayError): void {
    this.fail(error)
  }

  override expire(): void {
    const { timeouts } = this.#context
    if (this.#waitsFor === "reader") {
      breakOff(this.#exchange)
      return
    }
    if (this.#waitsFor === "end") return
    if (this.#waitsFor === "upload" && !this.#exchange.upload?.waitsForProvider) {
      const stalled = "the request body stopped coming before it was complete"
      this.fail(new GatewayError("request_timeout", stalled, { closesConnection: true }))
      return
    }
    const message =
      this.#waitsFor === "upload" ? `the provider took none of the request for ${timeouts.idleMs} ms` : this.#lateness()
    this.fail(new GatewayError("provider_timeout", message))
  }

  #lateness(): string {
    const { timeouts } = this.#context
    return this.#waitsFor === "first byte"
      ? `the provider sent nothing within ${timeouts.firstByteMs} ms`
      : "the provider's answer stopped coming, or took too long as a whole"
  }

  #awaitAnswer(): void {
    const { timeouts, wheel, clock } = this.#context
    this.#waitsFor = "first byte"
    wheel.add(this, timeouts.firstByteMs + timeouts.connectMs)
    this.#totalAt = clock.monotonic() + timeouts.totalMs
  }

  /** Ends the exchange with an error: as an answer if none began, as an event where one fits, else by breaking off. */
  fail(error: unknown): void {
    const exchange = this.#exchange
    const reason = error instanceof GatewayError ? error : toUpstreamError(error, exchange)
    const { response } = exchange
    if (this.#stopped || response.writableEnded) return
    this.#stop(reason)
    if (!response.headersSent) {
      answerError(exchange, this.#context, reason)
      return
    }
    exchange.upstreamCut = true
    exchange.failure = failureOf(reason)
    if (exchange.tap?.atBoundary && !response.destroyed) {
      const event = renderErrorEvent(exchange.endpoint.protocol, reason, exchange.publicId)
      // Broken off even after the event: a client that ignores it must not take the answer for whole.
      response.write(event, () => breakOff(exchange))
    } else breakOff(exchange)
  }

  #stop(reason: Error): void {
    if (this.#stopped) return
    this.#stopped = reason
    this.clear()
    this.#controller?.abort(reason)
  }

  /** The idle deadline, and for an answer that is no stream the total one if that is nearer. */
  #renew(): void {
    const { timeouts, wheel, clock } = this.#context
    let delay = timeouts.idleMs
    if (!this.#isEndless) delay = Math.max(1, Math.min(delay, this.#totalAt - clock.monotonic()))
    wheel.add(this, delay)
  }

  /** A stream, or a file on its way down, may take as long as its bytes keep coming. */
  get #isEndless(): boolean {
    return this.#exchange.streaming || this.#exchange.endpoint.operation === "files"
  }

  #resume(): void {
    if (this.#stopped || this.#waitsFor !== "reader") return
    this.#waitsFor = "next byte"
    this.#renew()
    this.#controller?.resume()
  }

  #openTap(status: number, headers: Record<string, string | string[]>): void {
    const exchange = this.#exchange
    const type = String(headers["content-type"] ?? "").toLowerCase()
    const events = type.startsWith("text/event-stream")
    exchange.streaming = events || (exchange.endpoint.alwaysStreams && status < 400)
    if (status >= 400) return
    const encoding = toAnswerEncoding(String(headers["content-encoding"] ?? ""))
    if (exchange.endpoint.format === null) return
    // What passes through may be text, sound or an image: only JSON can be read.
    if (exchange.endpoint.passesThrough && !events && !type.includes("json")) return
    exchange.reader = createAnswerReader(exchange.endpoint.format)
    if (encoding === null) return
    const shape = events ? "sse" : exchange.endpoint.alwaysStreams ? "json-array" : "whole"
    exchange.tap = new AnswerTap(exchange.reader, shape, encoding, () => this.#context.clock.monotonic())
  }

  #keepErrorBody(chunk: Buffer): void {
    this.#errorSize += chunk.length
    if (this.#errorSize <= errorBodyCap) this.#errorBody.push(chunk)
  }

  #classify(): void {
    const exchange = this.#exchange
    const { category, code } = classifyError(
      exchange.endpoint.protocol,
      exchange.response.statusCode,
      Buffer.concat(this.#errorBody),
    )
    exchange.failure = { category, code, source: "provider" }
  }
}

/** The provider's reason phrase, or none where it could not stand in a head: Node refuses what its own parser let in. */
const toReason = (message = ""): string => (/^[\t\x20-\x7e\x80-\xff]*$/.test(message) ? message : "")

function flushHead(exchange: Exchange): void {
  if (exchange.completionBytes === 0 && !exchange.response.writableEnded) exchange.response.flushHeaders()
}
