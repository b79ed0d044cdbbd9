import { createHash } from "node:crypto"
import { Hono } from "hono"
import { getCookie, setCookie } from "hono/cookie"
import type { Identity } from "../domains/identity/index.ts"
import { sessionCookie } from "./authenticate.ts"
import type { ApiContext, ApiEnvironment } from "./route.ts"

/** What signing in takes. */
export interface SignInDeps extends Pick<Identity, "consumeOwnerLink" | "closeSession" | "authenticateSession"> {
  readonly publicUrl: string | null
  /** A demonstration has a data folder of its own, which the command must be told. */
  readonly isDemo: boolean
  /** The address the browser really calls from. */
  clientAddress(context: ApiContext): string | null
}

/**
 * `GET /sign-in?token=…`: uses an owner link up, begins a session under a value of our own making, and leads to the
 * dashboard. Programs that only look at links (`HEAD`, prefetching) do not use them up.
 */
export function signIn(deps: SignInDeps): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  routes.get("/sign-in", async (context) => {
    if (context.req.method === "HEAD" || /prefetch/.test(context.req.header("sec-purpose") ?? "")) {
      return context.body(null, 204)
    }
    const earlier = getCookie(context, sessionCookie)
    const session = await deps.consumeOwnerLink(context.req.query("token") ?? "", {
      ipAddress: deps.clientAddress(context),
      userAgent: context.req.header("user-agent") ?? null,
    })
    if (!session) {
      const signedIn = earlier ? await deps.authenticateSession(earlier) : null
      return signedIn ? context.redirect("/", 303) : refuse(context, deps.isDemo)
    }
    if (earlier) await deps.closeSession(earlier)
    setCookie(context, sessionCookie, session.cookie, {
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      secure: deps.publicUrl?.startsWith("https:") ?? false,
      expires: session.expiresAt,
    })
    return context.redirect("/", 303)
  })
  return routes
}

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:20vh auto 0;padding:0 1.5rem;color-scheme:light dark}" +
  "code{font-size:1.1em;padding:.2em .4em;border:1px solid;border-radius:4px}"

const styleHash = createHash("sha256").update(style).digest("base64")

const pageFor = (folder: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>This sign-in link does not work any more</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>This sign-in link does not work any more</h1>
<p>A link signs in once, within a day, and only the newest one works.</p>
<p>To get a new one, run this where Sluice runs:</p>
<p><code>${folder}sluice owner-link</code></p>
<p>In a checkout:</p>
<p><code>${folder}npm start -- owner-link</code></p>
</main>
</body>
</html>
`

/** One page for used, expired and invented links, so that nothing can be learnt from it. */
function refuse(context: ApiContext, isDemo: boolean): Response {
  context.header(
    "content-security-policy",
    `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`,
  )
  return context.html(pageFor(isDemo ? "SLUICE_DATA_DIR=.sluice-demo " : ""), 410)
}
