import { createHash } from "node:crypto"
import { readFile, realpath, stat } from "node:fs/promises"
import { extname, join, normalize, sep } from "node:path"
import { gzipSync } from "node:zlib"
import { LRUCache } from "lru-cache"

const mediaTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
}

/** Bytes of files kept in memory; the whole dashboard is a fraction of it. */
const keptBytes = 32 * 1024 * 1024

interface StoredFile {
  readonly modifiedMs: number
  readonly body: Buffer
  /** Null where compressing gains nothing. */
  readonly zipped: Buffer | null
  readonly tag: string
}

/** Gives files of one directory, as browsers ask for them. */
export type StaticFiles = (request: Request) => Promise<Response | null>

/**
 * Serves a built single-page application: files by their path, `index.html` for every page the application itself knows.
 * Files with a hash in their name (`assets/`) are cached for good, everything else is asked for again each time. Null when
 * there is nothing to give: the directory is not there, or an asset is missing.
 */
export function createStaticFiles(directory: string): StaticFiles {
  const kept = new LRUCache<string, StoredFile>({
    maxSize: keptBytes,
    sizeCalculation: ({ body, zipped }) => body.length + (zipped?.length ?? 0) + 1,
  })
  return async (request) => {
    const path = toPath(new URL(request.url).pathname)
    const named = path === null || path === "/" ? null : await load(kept, directory, path)
    if (named && path !== null) return respond(request, named, path)
    // A missing file is missing; only a page's address falls back to the application.
    if (path === null || extname(path) !== "") return null
    const index = await load(kept, directory, "/index.html")
    return index ? respond(request, index, "/index.html") : null
  }
}

/** The path inside the directory; null when it is not one, or names something hidden. */
function toPath(pathname: string): string | null {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (/[\0\\]/.test(decoded)) return null
  const path = normalize(decoded)
  return path.split("/").some((part) => part.startsWith(".")) ? null : path
}

async function load(kept: LRUCache<string, StoredFile>, directory: string, path: string): Promise<StoredFile | null> {
  const file = await realpath(join(directory, path)).catch(() => null)
  // A link inside the folder must not lead out of it.
  if (file === null || !file.startsWith((await realpath(directory)) + sep)) return null
  const found = await stat(file).catch(() => null)
  if (!found?.isFile()) return null
  const earlier = kept.get(path)
  if (earlier?.modifiedMs === found.mtimeMs) return earlier
  const body = await readFile(file)
  const isText = /text|json|javascript|svg|manifest/.test(mediaTypes[extname(path)] ?? "")
  const zipped = isText && body.length > 1024 ? gzipSync(body) : null
  const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`
  const stored = { modifiedMs: found.mtimeMs, body, zipped, tag }
  kept.set(path, stored)
  return stored
}

function respond(request: Request, { body, zipped, tag }: StoredFile, path: string): Response {
  const accepts = zipped !== null && /\bgzip\b/.test(request.headers.get("accept-encoding") ?? "")
  const headers = new Headers({
    "content-type": mediaTypes[extname(path)] ?? "application/octet-stream",
    "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    etag: tag,
    vary: "accept-encoding",
  })
  if (request.headers.get("if-none-match") === tag) return new Response(null, { status: 304, headers })
  if (accepts) headers.set("content-encoding", "gzip")
  return new Response(new Uint8Array(accepts ? zipped : body), { status: 200, headers })
}
