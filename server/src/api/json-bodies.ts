import type { MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"
import { invalidJson, requestTooLarge } from "../platform/errors.ts"
import type { ApiEnvironment } from "./route.ts"
import { refuseJson } from "./strict-json.ts"

/** Bytes a request's body may have. */
export const maximalBodyBytes = 1024 * 1024

/** Refuses a body that is too large while it arrives. @throws ApiError `request_too_large` */
export const limitBody: MiddlewareHandler<ApiEnvironment> = bodyLimit({
  maxSize: maximalBodyBytes,
  onError: () => {
    throw requestTooLarge(maximalBodyBytes)
  },
})

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
