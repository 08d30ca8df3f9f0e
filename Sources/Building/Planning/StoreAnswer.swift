internal import LocalStore

/// Asks a store, and tells its refusal as one of this module.
///
/// - Throws: ``BuildingError/Code/store``, ``BuildingError/Code/cancelled``.
func storeAnswer<Value: Sendable>(
    isolation: isolated (any Actor)? = #isolation, _ question: () async throws -> Value
) async throws(BuildingError) -> Value {
    do {
        return try await question()
    } catch {
        guard !Task.isCancelled else { throw BuildingError(.cancelled, "cancelled") }
        throw BuildingError(.store, "\(error)")
    }
}

extension Task where Success == Never, Failure == Never {
    /// - Throws: ``BuildingError/Code/cancelled`` when the task was cancelled.
    static func checkBuildCancellation() throws(BuildingError) {
        guard !isCancelled else { throw BuildingError(.cancelled, "cancelled") }
    }
}
