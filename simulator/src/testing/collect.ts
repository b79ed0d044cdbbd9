/** Everything an asynchronous sequence yields. */
export async function collect<T>(sequence: AsyncIterable<T>): Promise<readonly T[]> {
  const elements: T[] = []
  for await (const element of sequence) elements.push(element)
  return elements
}
