import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { emptyFeed, type Feed, type FeedRow, longestFeed, showWaiting, takeNewest, takeOlder } from "./request-feed.ts"

const pageSize = 5
const row = (number: number): FeedRow => ({ id: `req_${String(number).padStart(8, "0")}` })

/** A page as the API answers it: the newest of what is stored, below a cursor when one is given. */
function pageOf(stored: readonly FeedRow[], cursor: string | null = null) {
  const below = [...stored].sort((a, b) => (a.id < b.id ? 1 : -1)).filter(({ id }) => cursor === null || id < cursor)
  const data = below.slice(0, pageSize)
  return { data, next_cursor: below.length > pageSize ? data.at(-1)!.id : null }
}

const numbers = (feed: Feed<FeedRow>) => feed.rows.map(({ id }) => Number(id.slice(4)))
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => row(from + index))

describe("a live feed", () => {
  it("shows new rows at once while the reader follows", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf(range(1, 3)), true)
    expect(numbers(takeNewest(first, pageOf(range(1, 4)), true))).toEqual([4, 3, 2, 1])
  })

  it("lets new rows wait while the reader looks elsewhere, then shows them", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf(range(1, 3)), true)
    const later = takeNewest(first, pageOf(range(1, 5)), false)
    expect(later.rows).toBe(first.rows)
    expect(later.waiting).toHaveLength(2)
    expect(numbers(showWaiting(later))).toEqual([5, 4, 3, 2, 1])
  })

  it("stays the same object when nothing is new, so that nothing is drawn again", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf(range(1, 3)), true)
    expect(takeNewest(first, pageOf(range(1, 3)), true)).toBe(first)
    expect(takeNewest(first, pageOf(range(1, 3)), false)).toBe(first)
  })

  it("can go on below its first rows when it began empty", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf([]), true)
    const full = takeNewest(first, pageOf(range(1, 8)), true)
    expect(numbers(takeOlder(full, pageOf(range(1, 8), full.olderCursor)))).toEqual([8, 7, 6, 5, 4, 3, 2, 1])
  })

  it("puts a long request where it began, not where it ended", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf([row(1), row(3)]), true)
    expect(numbers(takeNewest(first, pageOf([row(1), row(2), row(3)]), true))).toEqual([3, 2, 1])
  })

  it("begins anew when more arrived than one look covers", () => {
    const first = takeNewest<FeedRow>(emptyFeed, pageOf(range(1, 3)), true)
    expect(numbers(takeNewest(first, pageOf(range(1, 20)), true))).toEqual([20, 19, 18, 17, 16])
    const waiting = takeNewest(first, pageOf(range(1, 20)), false)
    expect(waiting.hasGap).toBe(true)
    expect(numbers(waiting)).toEqual([3, 2, 1])
    const shown = showWaiting(waiting)
    expect(numbers(takeOlder(shown, pageOf(range(1, 20), shown.olderCursor)))).toEqual([
      20, 19, 18, 17, 16, 15, 14, 13, 12, 11,
    ])
  })

  it("does not grow without end while it is followed", () => {
    const many = { data: range(1, longestFeed).reverse(), next_cursor: null }
    const first = takeNewest<FeedRow>(emptyFeed, many, true)
    const page = pageOf(range(1, longestFeed + 1))
    expect(takeNewest(first, page, true).rows).toHaveLength(pageSize)
  })

  it("shows what is stored, in order, without a hole or a double, whatever happens in which order", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("store" as const), id: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ do: fc.constantFrom("follow" as const, "look" as const, "older" as const, "show" as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const stored = new Map<string, FeedRow>()
        let feed: Feed<FeedRow> = emptyFeed
        for (const taken of steps) {
          if (taken.do === "store") stored.set(row(taken.id).id, row(taken.id))
          else feed = apply(feed, taken.do, [...stored.values()])
          const ids = feed.rows.map(({ id }) => id)
          expect(ids).toEqual([...new Set(ids)].sort().reverse())
          expect(ids.every((id) => stored.has(id))).toBe(true)
        }
      }),
    )
  })
})

function apply(
  feed: Feed<FeedRow>,
  action: "follow" | "look" | "older" | "show",
  stored: readonly FeedRow[],
): Feed<FeedRow> {
  if (action === "show") return showWaiting(feed)
  if (action === "older") {
    return feed.olderCursor === null ? feed : takeOlder(feed, pageOf(stored, feed.olderCursor))
  }
  return takeNewest(feed, pageOf(stored), action === "follow")
}
