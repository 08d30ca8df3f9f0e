import Synchronization

/// The steps of a job that people watch, each with its number and the time it took.
///
///     [3/7] Building with builder b: 25 outputs (4.2 s)
///
/// Steps may run at the same time. While one runs, a terminal shows its state in a live line; elsewhere a line tells
/// its beginning.
package final class StepList: Sendable {
    private let terminal: Terminal
    private let total: Int
    /// How many have begun.
    private let count = Atomic<Int>(0)

    package init(_ terminal: Terminal, total: Int) {
        self.terminal = terminal
        self.total = total
    }

    /// Begins the next step.
    package func begin(_ title: StyledText) -> Step {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let digits = String(total).count
        let padded = String(repeating: " ", count: max(0, digits - String(number).count)) + String(number)
        return Step(terminal, "\("[\(padded)/\(max(total, number))]", .dim) " + title)
    }

    /// Runs a step; an error that `body` throws is shown with it and thrown on.
    package func step<Value>(
        _ title: StyledText, isolation: isolated (any Actor)? = #isolation, _ body: (Step) async throws -> Value
    ) async rethrows -> Value {
        let step = begin(title)
        do {
            let value = try await body(step)
            step.finish()
            return value
        } catch {
            step.fail("\(error)")
            throw error
        }
    }
}
