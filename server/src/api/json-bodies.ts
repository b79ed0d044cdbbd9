import type { MiddlewareHandler } from "hono"
import { invalidJson, requestTooLarge } from "../platform/errors.ts"
import type { ApiEnvironment } from "./route.ts"
import { refuseJson } from "./strict-json.ts"

/** Bytes a request's body may have. */
export const maximalBodyBytes = 1024 * 1024

/**
 * Refuses a body that is too large: by its length when it says one, else while it arrives. Not hono's own limit, which makes
 * a new Request of a chunked one and fails on those of the Node server.
 * @throws ApiError `request_too_large`
 */
export const limitBody: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const { req } = context
  const length = req.header("content-length")
  if (length === undefined && req.raw.body) {
    const text = await readLimited(req.raw.body)
    // What hono's own readers look at first, as a promise, whatever its type says.
    Object.assign(req.bodyCache, { text: Promise.resolve(text) })
  } else if (Number(length ?? 0) > maximalBodyBytes) throw requestTooLarge(maximalBodyBytes)
  await next()
}

async function readLimited(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maximalBodyBytes) throw requestTooLarge(maximalBodyBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Lets through what is JSON as we accept it, or nothing at all. @throws ApiError `invalid_json` */
export const checkJsonBody: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  if (!["GET", "HEAD", "OPTIONS"].includes(context.req.method)) {
    const text = await context.req.text()
    if (text !== "") {
      const mediaType = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase()
      if (mediaType !== "application/json") throw invalidJson("Send the body as `content-type: application/json`.")
      const refused = refuseJson(text)
      if (refused) throw invalidJson(refused)
    }
  }
  await next()
}
