extension Collection where Self: Sendable, Element: Sendable {
    /// What `body` gives for each element, in their order.
    ///
    /// - Parameters:
    ///   - width: How many are under way at a time; at least one is.
    ///   - onEach: Told each result when it is there, in any order.
    func mapConcurrently<Result: Sendable>(
        width: Int, onEach: (Result) -> Void = { _ in },
        _ body: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            func take(_ result: (Int, Result)) {
                results[result.0] = result.1
                onEach(result.1)
            }
            for (number, element) in enumerated() {
                if number >= Swift.max(1, width), let result = try await group.next() { take(result) }
                group.addTask { (number, try await body(element)) }
            }
            while let result = try await group.next() { take(result) }
            return (0..<results.count).compactMap { results[$0] }
        }
    }
}
