/// Where a stream of the terminal ends: a descriptor, or memory in tests.
package protocol TerminalSink: Sendable {
    var isTerminal: Bool { get }
    /// The terminal's width now, nil when it does not say or there is none.
    var columns: Int? { get }
    /// Writes all of it, or says why not.
    func write(_ bytes: [UInt8]) -> TerminalWriteResult
}

package enum TerminalWriteResult: Sendable, Equatable {
    case written
    /// The reader has gone, as `head` does.
    case closed
    /// An error of the system, by its number.
    case failed(Int32)
}
