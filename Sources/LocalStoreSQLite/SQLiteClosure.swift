internal import FoundationEssentials
internal import GRDB
internal import LocalStore
internal import StoreFormats

/// Closures over packed references.
///
/// Rows come by their numbers, level by level, in few large questions. When much of the table turns out to be wanted,
/// it is read from end to end instead, which is cheaper a row and does not care how deep the graph is.
struct SQLiteClosure {
    let rows: SQLitePathRows

    private struct Node {
        let path: StorePath
        let references: [UInt32]
    }

    /// Rows seen before a reading of the whole table is thought of.
    private static let threshold = 512
    /// The whole table is read when it has at most this many times what was seen.
    private static let worth = 16

    func closure(of starts: [StorePath]) throws -> [StorePath] {
        let first = try starts.map { path in
            guard let number = try rows.number(of: path) else {
                throw LocalStoreError(.notValid, "\(path): not in the store")
            }
            return UInt32(truncatingIfNeeded: number)
        }
        guard let largest = try Int64.fetchOne(rows.db, sql: "SELECT max(id) FROM path") else { return [] }
        // By number; zero stands for a row that was not seen.
        var indexes = [Int32](repeating: 0, count: Int(largest) + 1)
        var nodes: [Node] = []
        func add(_ number: Int64, _ node: Node) {
            guard indexes[Int(number)] == 0 else { return }
            nodes.append(node)
            indexes[Int(number)] = Int32(nodes.count)
        }
        var frontier = Array(Set(first))
        var isComplete = false
        while !frontier.isEmpty {
            let known = nodes.count
            try fetch(frontier, add)
            if !isComplete, nodes.count > Self.threshold,
                try Int.fetchOne(rows.db, sql: "SELECT count(*) FROM path") ?? 0 <= Self.worth * nodes.count
            {
                isComplete = true
                try fetchAll(add)
                break
            }
            var wanted: Set<UInt32> = []
            for node in nodes[known...] {
                for reference in node.references {
                    guard Int(reference) < indexes.count else { throw rows.damaged(node.path.path) }
                    if indexes[Int(reference)] == 0 { wanted.insert(reference) }
                }
            }
            frontier = Array(wanted)
        }
        var missing = false
        let order = GraphOrder.closure(
            from: first.map { indexes[Int($0)] - 1 }, count: nodes.count
        ) { index in
            nodes[Int(index)].references.compactMap { number in
                let known = Int(number) < indexes.count ? indexes[Int(number)] : 0
                if known == 0 { missing = true }
                return known == 0 ? nil : known - 1
            }
        }
        guard !missing else { throw rows.damaged("a referenced path") }
        return order.map { nodes[Int($0)].path }
    }

    private func fetch(_ numbers: [UInt32], _ add: (Int64, Node) -> Void) throws {
        let statement = try rows.db.cachedStatement(
            sql: "SELECT id, path, refs FROM path WHERE id IN (SELECT value FROM json_each(?))")
        let list = "[" + numbers.lazy.map(String.init).joined(separator: ",") + "]"
        let before = numbers.count
        var count = 0
        let found = try Row.fetchCursor(statement, arguments: [list])
        while let row = try found.next() {
            try take(row, add)
            count += 1
        }
        guard count == before else { throw rows.damaged("a referenced path") }
    }

    private func fetchAll(_ add: (Int64, Node) -> Void) throws {
        let found = try Row.fetchCursor(rows.db, sql: "SELECT id, path, refs FROM path")
        while let row = try found.next() { try take(row, add) }
    }

    private func take(_ row: Row, _ add: (Int64, Node) -> Void) throws {
        let path = try rows.path(row[1])
        add(row[0], Node(path: path, references: try rows.numbers(row, 2, path)))
    }
}
