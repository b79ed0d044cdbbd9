/** What a store or verb answers a list with, before it is presented. */
export interface ListPage<Item> {
  readonly items: readonly Item[]
  readonly hasMore: boolean
}

/** A page from rows of which one more than `limit` was asked for. */
export const toListPage = <Item>(rows: readonly Item[], limit: number): ListPage<Item> => ({
  items: rows.slice(0, limit),
  hasMore: rows.length > limit,
})
