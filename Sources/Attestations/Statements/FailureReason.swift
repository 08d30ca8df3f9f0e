/// Why a build gave nothing, in the words of build records (`docs/rebuild.md`).
///
/// Logs are for ever, so there is a list of reasons and nothing else.
package enum FailureReason {
    private static let words: Set<String> = [
        "cannot execute", "forbidden references", "hash mismatch", "log too large", "missing output", "not flat",
        "output cycle", "output too large", "refused output", "silence", "timeout",
    ]

    /// Whether a text is one: a reason of the list, `exit 0` to `exit 255`, or `signal 1` to `signal 64`.
    package static func isReason(_ text: String) -> Bool {
        if words.contains(text) { return true }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int(parts[1]), String(number) == parts[1] else { return false }
        switch parts[0] {
        case "exit": return (0...255).contains(number)
        case "signal": return (1...64).contains(number)
        default: return false
        }
    }

    static func isReason(_ text: UnsafeRawBufferPointer) -> Bool {
        text.count <= 32 && isReason(String(decoding: text, as: UTF8.self))
    }
}
