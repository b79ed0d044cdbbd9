/** The `ETag` of a thing that counts its changes. */
export const toVersionTag = (version: number): string => `"${version}"`

/**
 * The version a change was made to, as its `If-Match` says; null when it has none, or says that any will do. A tag that was
 * never ours is a version that there is not, so that the change is refused.
 */
export function readVersionTag(ifMatch: string | undefined): number | null {
  const tag = ifMatch?.trim() ?? "*"
  if (tag === "*") return null
  const version = /^"(\d{1,9})"$/.exec(tag)?.[1]
  return version === undefined ? -1 : Number(version)
}
