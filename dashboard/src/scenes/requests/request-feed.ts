/** What a feed needs of a row: an id that sorts by the time it was made, newest last. */
export interface FeedRow {
  readonly id: string
}

export interface FeedPage<Row extends FeedRow> {
  readonly data: readonly Row[]
  readonly next_cursor: string | null
}

/**
 * A live list. `rows` are shown, newest first and without a hole; `waiting` came while the reader looked elsewhere and would
 * move what is shown. `hasGap` says that between both there is more than the last look at the list covered.
 */
export interface Feed<Row extends FeedRow> {
  readonly rows: readonly Row[]
  readonly waiting: readonly Row[]
  readonly hasGap: boolean
  /** Where the rows below the shown ones begin; null when there are none. */
  readonly olderCursor: string | null
  /** Where the rows below the waiting ones begin; of use only while there is a gap. */
  readonly waitingCursor: string | null
  /** False until the first page came. */
  readonly isLoaded: boolean
}

/** Rows kept while the reader follows the top; past it the list begins anew with the newest page. */
export const longestFeed = 2000

export const emptyFeed: Feed<never> = {
  rows: [],
  waiting: [],
  hasGap: false,
  olderCursor: null,
  waitingCursor: null,
  isLoaded: false,
}

/** Takes in the newest page. With `isFollowing` new rows are shown at once; else they wait. */
export function takeNewest<Row extends FeedRow>(feed: Feed<Row>, page: FeedPage<Row>, isFollowing: boolean): Feed<Row> {
  if (!feed.isLoaded) return fromPage(page)
  if (feed.rows.length === 0) return page.data.length === 0 ? feed : fromPage(page)
  const fresh = freshRows(feed, page)
  const isApart = page.next_cursor !== null && fresh.length === page.data.length
  if (isFollowing) {
    if (isApart || feed.hasGap) return fromPage(page)
    if (fresh.length === 0 && feed.waiting.length === 0) return feed
    const rows = merge(merge(feed.rows, feed.waiting), fresh)
    return rows.length > longestFeed ? fromPage(page) : { ...feed, rows, waiting: [] }
  }
  if (isApart || (feed.hasGap && fresh.length > 0)) {
    return { ...feed, waiting: page.data, hasGap: true, waitingCursor: page.next_cursor }
  }
  return fresh.length === 0 ? feed : { ...feed, waiting: merge(feed.waiting, fresh) }
}

/** Takes in the page below the shown rows. */
export function takeOlder<Row extends FeedRow>(feed: Feed<Row>, page: FeedPage<Row>): Feed<Row> {
  return { ...feed, rows: merge(feed.rows, page.data), olderCursor: page.next_cursor }
}

/** Shows what waits. Across a gap the list begins anew with it, so that nothing is missing in between. */
export function showWaiting<Row extends FeedRow>(feed: Feed<Row>): Feed<Row> {
  if (feed.hasGap) return fromPage({ data: feed.waiting, next_cursor: feed.waitingCursor })
  return { ...feed, rows: merge(feed.rows, feed.waiting), waiting: [] }
}

function fromPage<Row extends FeedRow>(page: FeedPage<Row>): Feed<Row> {
  return { ...emptyFeed, rows: page.data, olderCursor: page.next_cursor, isLoaded: true }
}

/**
 * Rows of the page that are not here yet. A long request is recorded when it ends and sorts by when it began: those older than
 * everything shown come with their own page and are left out while there is one.
 */
function freshRows<Row extends FeedRow>(feed: Feed<Row>, page: FeedPage<Row>): readonly Row[] {
  const known = new Set<string>()
  for (const row of feed.rows) known.add(row.id)
  if (!feed.hasGap) for (const row of feed.waiting) known.add(row.id)
  const oldest = feed.rows.at(-1)?.id ?? ""
  const isOpen = feed.olderCursor !== null
  return page.data.filter(({ id }) => !known.has(id) && !(isOpen && id < oldest))
}

/** Both lists as one, newest first, each id once. */
function merge<Row extends FeedRow>(first: readonly Row[], second: readonly Row[]): readonly Row[] {
  if (second.length === 0) return first
  const byId = new Map<string, Row>()
  for (const row of first) byId.set(row.id, row)
  for (const row of second) if (!byId.has(row.id)) byId.set(row.id, row)
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
}
