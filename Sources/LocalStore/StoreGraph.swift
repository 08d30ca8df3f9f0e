package import StoreFormats

/// All paths of a store and what each refers to, by index: small enough for hundreds of thousands of paths.
package struct StoreGraph: Sendable {
    /// A path with what garbage collection asks about it.
    package struct Node: Sendable {
        package let path: StorePath
        package let deriver: StorePath?
        package let origin: PathInfo.Origin
        package let narSize: UInt64

        package init(path: StorePath, deriver: StorePath?, origin: PathInfo.Origin, narSize: UInt64) {
            self.path = path
            self.deriver = deriver
            self.origin = origin
            self.narSize = narSize
        }
    }

    package let nodes: [Node]
    /// For each node the indexes of those it refers to.
    package let references: [[Int32]]

    package init(nodes: [Node], references: [[Int32]]) {
        self.nodes = nodes
        self.references = references
    }

    /// The index of each path.
    package func indexes() -> [StorePath: Int32] {
        Dictionary(nodes.enumerated().map { ($1.path, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Orders and closures over a graph given by index.
package enum GraphOrder {
    /// All that can be reached from `starts`, each once, references before those who refer to them.
    ///
    /// Without recursion: chains of derivations are thousands long. Circles, which a store has none of, are cut.
    package static func closure(
        from starts: some Sequence<Int32>, count: Int, references: (Int32) -> [Int32]
    ) -> [Int32] {
        var isSeen = [Bool](repeating: false, count: count)
        var order: [Int32] = []
        var stack: [(node: Int32, references: [Int32], next: Int)] = []
        for start in starts where !isSeen[Int(start)] {
            isSeen[Int(start)] = true
            stack.append((start, references(start), 0))
            while let top = stack.last {
                guard top.next < top.references.count else {
                    order.append(top.node)
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let child = top.references[top.next]
                guard !isSeen[Int(child)] else { continue }
                isSeen[Int(child)] = true
                stack.append((child, references(child), 0))
            }
        }
        return order
    }
}
