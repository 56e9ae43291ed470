export interface Cluster {
  posts: string[][]
  words: Set<string>
}

/** Groups posts that share words: each joins the first similar cluster (leader clustering, Jaccard similarity). */
export function clusters(posts: readonly string[], threshold: number): Cluster[] {
  const found: Cluster[] = []
  for (const post of posts) {
    const words = post.split(' ')
    const home = found.find((cluster) => similarity(words, cluster.words) >= threshold)
    if (home) {
      home.posts.push(words)
      for (const word of words) home.words.add(word)
    } else found.push({ posts: [words], words: new Set(words) })
  }
  return found.sort((a, b) => b.posts.length - a.posts.length)
}

function similarity(words: readonly string[], cluster: ReadonlySet<string>): number {
  const own = new Set(words)
  const shared = [...own].filter((word) => cluster.has(word)).length
  return shared / (own.size + cluster.size - shared)
}
